"""Pages of conversations; the page with the thread itself belongs to the app of its kind."""
