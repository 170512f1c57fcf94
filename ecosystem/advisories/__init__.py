"""Known faults of what the site is built from: pinned versions compared with records in the OSV format."""
