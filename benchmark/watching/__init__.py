"""Runs as they stand, under way or ended: their state, and whether they are in the band of our own seeds.

Nothing here imports torch but the making of bands.
"""
