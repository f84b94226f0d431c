"""What every command shares: its options, its streams, its exit codes, and the environment it goes on in.

Standard library only and none of ours, so that a command answers in a Python without the packages.
"""
