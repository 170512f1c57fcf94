"""Word tables."""
