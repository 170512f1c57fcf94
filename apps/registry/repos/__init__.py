"""Repositories: identity, access, contents and pages."""
