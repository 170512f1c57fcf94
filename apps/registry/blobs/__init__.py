"""Large objects, stored by content."""
