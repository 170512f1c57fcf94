"""Request bodies and resources of people, organizations and credentials."""
