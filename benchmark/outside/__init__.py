"""Methods and backbones from outside this repository: files by their path, and what installed packages register."""
