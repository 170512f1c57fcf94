"""Pages that order jobs, and the tabs that show them."""
