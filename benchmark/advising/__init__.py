"""Whether unlabelled images help: cross-validation on the user's labelled patients, planned within a time.

In comes a data set and a time; out go folds, a plan with its price, and a protocol as sweeps read it.
"""
