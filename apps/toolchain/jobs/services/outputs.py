"""Outputs of jobs and their visibility."""

from __future__ import annotations

from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_noop

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.toolchain.contracts import OutputRepo

from ..access import job_for
from ..audit import JobAction
from ..errors import InvalidOrder, JobAlreadyFinished, OutputTaken
from ..models import ACTIVE, Direction, Job, JobState, Lineage

OUTPUT_NAME = "output"
# class of the advisory locks on names of outputs
LOCK_CLASS = 0x6F757470


def is_output_free(output: OutputRepo, *, apart_from: UUID | None = None) -> bool:
    """Return whether no other active job creates the same repository.

    The name stays locked until the transaction ends, so that of two concurrent orders one is refused.
    """
    with connection.cursor() as cursor:
        name = f"{output.kind}:{output.address}".casefold()
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK_CLASS, name])
    rows = Job.objects.filter(
        state__in=ACTIVE, output__kind=output.kind, output__address__iexact=output.address
    )
    return not (rows.exclude(pk=apart_from) if apart_from else rows).exists()


@transaction.atomic
def change_output(*, actor: Actor, job_id: UUID, output: OutputRepo) -> Job:
    """Let a job that has ended without its output create another repository when it is retried.

    The caller has checked access to the name.

    raises  JobNotFound, Forbidden, JobAlreadyFinished, OutputTaken, InvalidOrder if its recipe creates none
    """
    job = job_for(actor, job_id, Need.WRITE, lock=True)
    if job.output is None:
        words = gettext_noop("This recipe does not create a repository.")
        raise InvalidOrder(fields={"output": words})
    published = job.lineage.filter(direction=Direction.OUTPUT).exclude(commit="")
    if job.state not in (JobState.FAILED, JobState.CANCELLED) or published.exists():
        raise JobAlreadyFinished
    if output.address.split("/")[0].casefold() != job.namespace.key:
        raise InvalidOrder(fields={"output": gettext_noop("Must belong to the owner of the job.")})
    if not is_output_free(output, apart_from=job.pk):
        raise OutputTaken
    job.lineage.filter(direction=Direction.OUTPUT).delete()
    job.output = output.to_json()
    has_private_input = job.lineage.filter(is_public=False).exists()
    job.is_open = job.is_public and not output.is_private and not has_private_input
    job.save(update_fields=["output", "is_open"])
    record(actor, JobAction.OUTPUT_CHANGED, job.pk, output=output.address)
    return job


def record_output(job: Job, *, kind: str, address: str, commit: str) -> None:
    """Record the published commit in the job's lineage."""
    made = job.output_repo
    facts = {"kind": kind[:16], "address": address, "commit": commit[:64]}
    hidden = {"is_public": not (made and made.is_private)}
    Lineage.objects.update_or_create(
        job=job,
        direction=Direction.OUTPUT,
        name=OUTPUT_NAME,
        defaults=facts,
        create_defaults={**facts, **hidden},
    )


@transaction.atomic
def adopt_output(job_id: UUID | str, *, kind: str, address: str, repo_key: UUID, is_public: bool) -> None:
    """Link a job's output to its repository; called by the registry when a job key creates or fills it."""
    job = Job.objects.filter(pk=job_id).first()
    made = job.output_repo if job else None
    if job is None or made is None or (made.kind, made.address.casefold()) != (kind, address.casefold()):
        return
    facts = {"repo_key": repo_key, "is_public": is_public}
    Lineage.objects.update_or_create(
        job=job,
        direction=Direction.OUTPUT,
        name=OUTPUT_NAME,
        defaults=facts,
        create_defaults={**facts, "kind": kind, "address": address},
    )
    _update_visibility(Q(pk=job.pk))


@transaction.atomic
def set_repo_visibility(repo_key: UUID, is_public: bool) -> None:
    """Hide or show the jobs and receipts of a repository that became private or public."""
    Lineage.objects.filter(repo_key=repo_key).update(is_public=is_public)
    _update_visibility(Q(pk__in=Lineage.objects.filter(repo_key=repo_key).values("job")))


def _update_visibility(which: Q) -> None:
    """Open jobs that their submitter made public and whose repositories are all public; close the others."""
    hidden = Exists(Lineage.objects.filter(job=OuterRef("pk"), is_public=False))
    Job.objects.filter(which).filter(hidden).update(is_open=False)
    Job.objects.filter(which).exclude(hidden).update(is_open=F("is_public"))
