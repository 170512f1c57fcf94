"""A cache of another package index: what was installed once installs again without it."""
