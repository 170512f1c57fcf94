"""A Django app that replaces the `flush` command between tests."""
