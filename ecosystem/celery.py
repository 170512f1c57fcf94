"""The Celery application of the light worker; its schedule is what apps declare."""

import os

from celery import Celery
from celery.signals import import_modules

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecosystem.settings")
app = Celery("ecosystem")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.include = ["workers.light.tasks"]


@import_modules.connect
def schedule_tasks(sender: object, **facts: object) -> None:
    """Set the schedule once the apps are loaded, which Celery's own receiver of this signal does first."""
    from apps.core.declaration import declared

    app.conf.beat_schedule = {
        task.name: {"task": task.celery_name, "schedule": task.schedule} for task in declared().periodic_tasks
    }
