"""A job that ended tells the person who submitted it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.actor import Actor, Need
from apps.core.notifications.models import Event, Reason
from apps.core.notifications.providers import NotificationKind
from apps.core.notifications.services import announce
from apps.users.accounts.actors import person_actor

from .access import has_access, visible_to
from .models import Job, JobState

JOB = "job"
ENDS = (JobState.SUCCEEDED, JobState.FAILED)


class JobNotifications(NotificationKind):
    name = JOB
    label = gettext_lazy("Jobs")

    def headline(self, event: Event) -> str:
        is_done = event.facts["state"] == JobState.SUCCEEDED
        sentence = _("%(job)s succeeded") if is_done else _("%(job)s failed")
        return sentence % {"job": event.title}

    def readers(self, event: Event, user_ids: Collection[int]) -> Collection[int]:
        job = Job.objects.select_related("namespace", "submitted_by").filter(pk=_job_id(event)).first()
        actors = {user_id: person_actor(user_id) for user_id in user_ids} if job else {}
        return [pk for pk, actor in actors.items() if job and actor and has_access(actor, Need.READ, job)]

    def readable(self, actor: Actor, events: Sequence[Event]) -> Collection[int]:
        rows = visible_to(actor).filter(pk__in=map(_job_id, events))
        ids = set(rows.values_list("pk", flat=True))
        return [event.pk for event in events if _job_id(event) in ids]


def announce_end(job: Job) -> None:
    """Tell of a job that succeeded or failed; who cancels one knows."""
    if job.state in ENDS and job.submitted_by_id is not None:
        announce(
            kind=JOB,
            source=f"{JOB}:{job.pk}:{job.attempt}",
            title=f"{job.kind_label} {str(job.pk)[:8]}",
            path=job.get_absolute_url(),
            actor=None,
            direct={job.submitted_by_id: Reason.PERSONAL},
            facts={"state": str(job.state)},
        )


def _job_id(event: Event) -> UUID:
    return UUID(event.source.split(":")[1])
