"""Smart HTTP, as git speaks it."""
