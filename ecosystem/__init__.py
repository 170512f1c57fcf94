"""The Django project: environment, settings, addresses, and the processes of one box."""

from .celery import app as celery_app

__all__ = ["celery_app"]
