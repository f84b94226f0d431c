"""The test patients: sealed in every source, and given out through one gate, after training.

In comes a source; out go everything but its test patients, and these once nothing trains any more, written down.
"""
