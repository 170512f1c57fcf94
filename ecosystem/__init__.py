"""The Django project: environment, settings, URLs, and the processes of the local stack."""

from .celery import app as celery_app

__all__ = ["celery_app"]
