"""Idempotency: a POST that is sent again under its key is answered as it was, and done once."""
