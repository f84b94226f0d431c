"""The loop, and what it keeps while it trains.

In come a method, batches and a schedule; out go weights by selection rule, a history, and a checkpoint to go on from.
"""
