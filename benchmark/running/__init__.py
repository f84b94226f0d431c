"""One cell, from its values to its record.

In come a cell, a data set and a store; out goes the folder of a run, trained, scored and written whole, or why not.
"""
