"""Data preparation: a cleaned, deduplicated and split dataset from another one."""
