"""Many cells: on this machine, a Ray cluster or a Slurm site.

In come jobs; out comes each as it ended, done or with one sentence why not. Cells that die or hang stop no others.
"""
