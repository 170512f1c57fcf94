"""Importing a Discourse site from its JSON."""
