"""Making, publishing and deleting releases and their files."""
