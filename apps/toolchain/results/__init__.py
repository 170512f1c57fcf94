"""Results: what jobs measured, with baselines and notes, for pages, lists and the API."""
