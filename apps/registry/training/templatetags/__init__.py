"""Template filters of ordering."""
