"""Jobs: fine-tunes and evaluations."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "apps.toolchain.jobs"
    label = "jobs"
