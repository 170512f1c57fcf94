"""Views of the package index: protocols and pages."""
