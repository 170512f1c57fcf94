"""Idempotency keys: a POST repeated under its key runs once and gets the stored response."""
