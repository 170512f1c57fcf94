"""Workers: background processes of the site."""
