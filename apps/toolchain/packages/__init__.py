"""The package index: projects, their versions and files, for pip, uv and twine."""
