"""The REST API of people, organisations and credentials."""
