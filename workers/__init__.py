"""Celery workers: light tasks of the site, and machine-learning jobs."""
