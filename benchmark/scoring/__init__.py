"""From a trained method to its record, and from anybody's masks to the same table.

In come weights or masks and the test cases behind the gate; out go rows a case and structure, and a record.
"""
