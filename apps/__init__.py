"""The domains, each with its apps; imports point down the list in pyproject.toml."""
