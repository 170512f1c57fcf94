"""Known vulnerabilities: pinned versions compared with records in the OSV format."""
