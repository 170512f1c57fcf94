"""Who acts on the site."""
