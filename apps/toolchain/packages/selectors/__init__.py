"""Reading projects, versions and files."""
