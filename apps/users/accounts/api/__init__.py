"""REST API of people, organizations and credentials."""
