"""`manage.py cancel_job`: cancel any job as the operator."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand

from apps.core.actor import Actor, ActorKind, Scope
from apps.core.management.refusals import refusals_as_errors
from apps.toolchain.jobs.services import cancel_job

OPERATOR = Actor(kind=ActorKind.PERSON, name="operator", is_staff=True, scope=Scope.all())


class Command(BaseCommand):
    help = "Cancel any user's job. A running job saves a checkpoint and stops within seconds."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("job_id", type=UUID)

    def handle(self, *args: Any, job_id: UUID, **options: Any) -> None:
        with refusals_as_errors():
            job = cancel_job(actor=OPERATOR, job_id=job_id)
        self.stdout.write("Stopping…" if job.is_active else "Job cancelled.")
