"""Reading boards, ideas, changelog entries and reviews."""
