"""The protocols by which clients reach the registry."""
