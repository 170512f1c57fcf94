"""Pages that combine several domains: the home page and the style guide."""
