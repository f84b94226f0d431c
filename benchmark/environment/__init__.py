"""What a run is made with: its device and precision, its memory, and the checkout's commit.

In comes the name of a device; out go facts of this machine that a run needs or its record tells.
"""
