"""Jobs ordered from a repository: fine-tunes, evaluations, lineage."""
