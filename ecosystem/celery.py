"""The Celery application of the light worker, and its schedule."""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecosystem.settings")
app = Celery("ecosystem")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.include = ["workers.light.tasks"]
app.conf.beat_schedule = {
    "reap-jobs": {"task": "light.reap_jobs", "schedule": 10.0},
    "recover-repositories": {"task": "light.recover_repositories", "schedule": 60.0},
    "roll-up-downloads": {"task": "light.roll_up_downloads", "schedule": 3600.0},
    "collect-leftovers": {"task": "light.collect_leftovers", "schedule": 3600.0},
    "collect-garbage": {"task": "light.collect_garbage", "schedule": crontab(hour=3, minute=17)},
    "recount-storage": {"task": "light.recount_storage", "schedule": crontab(hour=4, minute=17)},
    "pack-repositories": {"task": "light.pack_repositories", "schedule": 24 * 3600.0},
}
