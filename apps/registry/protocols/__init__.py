"""Client protocols of the registry: hub, git, LFS and Xet."""
