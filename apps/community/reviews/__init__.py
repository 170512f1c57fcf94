"""Reviews of models and datasets, and the Community tab of a repository, which leads to its board too."""
