"""Finished runs, handed to TensorBoard or MLflow.

In comes a record; out go the same numbers in a tracker's store. Nothing is trained or scored.
"""
