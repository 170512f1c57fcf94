"""Publishing, changing and deleting projects, versions and files."""
