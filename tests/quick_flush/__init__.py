"""A Django app whose `flush` takes the place of Django's between tests."""
