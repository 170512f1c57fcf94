"""Acts of the forum, one module each."""
