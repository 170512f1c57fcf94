"""Pages that belong to no district: the landing page and the style guide."""
