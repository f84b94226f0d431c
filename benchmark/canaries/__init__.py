"""Short trainings whose traces tell whether a method still trains as it did.

In come a method's name and some updates; out goes a trace, and a verdict beside the one in ``kept/``.
"""
