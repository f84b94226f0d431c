"""What is asked for: cells of a grid, resolved to the last value.

In come a user's words, options or a protocol's TOML; out go cells, each with its preset, seeds and identity.
"""
