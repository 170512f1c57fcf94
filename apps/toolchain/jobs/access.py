"""Who may see or change jobs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.core.actor import Actor, ActorKind, Need
from apps.core.errors import Forbidden, Unauthenticated
from apps.users.accounts.access import token_refusal
from apps.users.accounts.models import Namespace

from .errors import JobHidden, JobNotFound
from .hooks import repo_readers
from .models import Job

# word of the grant of a worker token that belongs to a namespace; no other access has such a target
WORKER_TARGET = "worker"


def is_staff_actor(actor: Actor, need: Need = Need.READ) -> bool:
    """Return whether an actor is staff, as a person or with a token that is not limited to single objects.

    Staff see every job (order, state, log and metrics) and may cancel it. Private repositories and their
    receipts stay with those who may read them, and only people with access to a job may retry it.
    """
    is_somebody = actor.kind in (ActorKind.PERSON, ActorKind.TOKEN)
    return actor.is_staff and is_somebody and actor.scope.limit is not None and need <= actor.scope.limit


def visible_to(actor: Actor) -> QuerySet[Job]:
    """Return the jobs that an actor may read, for lists and counts. A job key reads its own job."""
    rows = Job.objects.select_related("namespace", "submitted_by")
    return rows if is_staff_actor(actor) else visible_by_own_access(actor, rows)


def visible_by_own_access(actor: Actor, rows: QuerySet[Job]) -> QuerySet[Job]:
    """Return the jobs that an actor may read without being staff, as receipts require."""
    if actor.kind is ActorKind.JOB and actor.job_id:
        return rows.filter(pk=UUID(actor.job_id))
    mine = actor.namespaces_with(Need.READ)
    own = Q(namespace_id__in=mine)
    if actor.scope.limit is None:
        keys = [
            grant.target.removeprefix("namespace:")
            for grant in actor.scope.grants
            if grant.target.startswith("namespace:")
        ]
        own &= Q(namespace__key__in=keys)
    return rows.filter(Q(is_open=True) | own) if mine else rows.filter(is_open=True)


def targets_of(job: Job) -> list[str]:
    """Return the grant targets that cover a job: its namespace and its output repository."""
    made = job.output_repo
    return [f"namespace:{job.namespace.key}", *([f"{made.kind}:{made.address}".casefold()] if made else [])]


def has_access(actor: Actor, need: Need, job: Job) -> bool:
    """Return whether an actor has access; the submitter may change a job, and staff may read every job."""
    return has_own_access(actor, need, job) or (need is Need.READ and is_staff_actor(actor))


def can_cancel(actor: Actor, job: Job) -> bool:
    return has_own_access(actor, Need.WRITE, job) or is_staff_actor(actor, Need.WRITE)


def has_own_access(actor: Actor, need: Need, job: Job) -> bool:
    """Return whether an actor has access without being staff, as receipts require."""
    return (need is Need.READ and job.is_open) or _is_involved(actor, need, job)


def _is_involved(actor: Actor, need: Need, job: Job) -> bool:
    """Return whether an actor has access by a role, as the submitter or with the job's key."""
    if actor.kind is ActorKind.JOB:
        return need is Need.READ and actor.job_id == str(job.id)
    targets = targets_of(job)
    is_submitter = job.submitted_by_id is not None and job.submitted_by_id == actor.user_id
    if is_submitter and actor.roles.get(job.namespace_id, 0) >= Need.READ:
        return actor.scope.allows(need, *targets)
    return actor.can(need, job.namespace_id, *targets)


def may_read_data(actor: Actor, job: Job) -> bool:
    """Return whether an actor may read rows of the job's datasets, such as in a log of predictions.

    Of a job that anyone can see, they are for those who may read the datasets now: gating may forbid it.
    """
    return _is_involved(actor, Need.READ, job) or (job.is_open and _may_read_datasets(actor, job))


def _may_read_datasets(actor: Actor, job: Job) -> bool:
    keys = {UUID(repo.key) for repo in job.pins.values() if repo.kind == "dataset" and repo.key}
    return not keys or all(may_read(actor, keys) for may_read in repo_readers())


def job_for(actor: Actor, job_id: UUID, need: Need = Need.READ, *, lock: bool = False) -> Job:
    """Return the job if the actor has the needed access.

    lock    hold the row until the transaction ends
    raises  JobNotFound if it is absent or hidden (JobHidden for anonymous users), Forbidden, TokenScope
    """
    job = Job.objects.select_related("namespace", "submitted_by").filter(pk=job_id).first()
    if job is None or not has_access(actor, Need.READ, job):
        raise JobNotFound(_("Job not found.")) if actor.is_signed_in else JobHidden
    if not has_access(actor, need, job):
        if not actor.is_signed_in:
            raise Unauthenticated
        if has_access(actor.unlimited, need, job):
            raise token_refusal(actor, need, targets_of(job)[0])
        raise Forbidden(_("You don't have permission to change this job."))
    return lock_job(job.pk) if lock else job


def data_job_for(actor: Actor, job_id: UUID) -> Job:
    """Return the job if the actor may read its data: inputs' rows in views and artifacts, not staff as such.

    raises  JobNotFound if it is absent or hidden (JobHidden for anonymous users)
    """
    job = job_for(actor, job_id)
    if not has_own_access(actor, Need.READ, job):
        raise JobNotFound(_("Job not found."))
    return job


def job_for_cancel(actor: Actor, job_id: UUID, *, lock: bool = False) -> Job:
    """Return the job if the actor may cancel it (arguments and refusals as in job_for)."""
    job = job_for(actor, job_id)
    if not can_cancel(actor, job):
        return job_for(actor, job_id, Need.WRITE, lock=lock)
    return lock_job(job.pk) if lock else job


def lock_job(job_id: UUID) -> Job:
    """Return the job with its row locked until the transaction ends."""
    return (
        Job.objects.select_related("namespace", "submitted_by").select_for_update(of=("self",)).get(pk=job_id)
    )


def check_key(actor: Actor, job_id: UUID) -> None:
    """Accept only the job's own key.

    raises  Forbidden for any other credential, Unauthenticated without one
    """
    if actor.kind is not ActorKind.JOB:
        raise (
            Forbidden(_("This endpoint requires the job's own key."))
            if actor.is_signed_in
            else Unauthenticated
        )
    if actor.job_id != str(job_id):
        raise Forbidden(_("This key belongs to another job."))


def job_of_key(actor: Actor, job_id: UUID) -> Job:
    """Lock and return the job that a job key belongs to (raises as check_key)."""
    check_key(actor, job_id)
    return lock_job(job_id)


def namespace_of(actor: Actor, name: str, *targets: str) -> Namespace:
    """Return the namespace that a new job belongs to.

    targets  grant targets of the job's output
    raises   Forbidden if the actor may not contribute to it, TokenScope, Unauthenticated
    """
    if actor.kind not in (ActorKind.PERSON, ActorKind.TOKEN):
        raise Forbidden(_("A job key cannot submit jobs.")) if actor.is_signed_in else Unauthenticated
    namespace = Namespace.objects.filter(key=name.casefold()).first()
    if namespace is None or not actor.unlimited.can(Need.CONTRIBUTE, namespace.pk):
        raise Forbidden(_("You don't have permission to run jobs in %(name)s.") % {"name": name})
    covering = f"namespace:{namespace.key}"
    if not actor.can(Need.CONTRIBUTE, namespace.pk, covering, *targets):
        raise token_refusal(actor, Need.CONTRIBUTE, covering)
    return namespace


def worker_grants(namespace: Namespace) -> list[dict[str, Any]]:
    """Return the grants of a token for the workers of a namespace."""
    return [{"target": f"{WORKER_TARGET}:{namespace.pk}", "need": int(Need.SEE)}]


def namespace_of_worker(actor: Actor) -> Namespace | None:
    """Return the namespace whose workers use this token, None for those of the site.

    raises  Forbidden for other credentials, and if the token's person no longer administers the namespace
    """
    if actor.kind is not ActorKind.WORKER:
        raise Forbidden(_("This endpoint is for workers."))
    targets = [grant.target.partition(":") for grant in actor.scope.grants]
    if not targets:
        return None
    ids = [int(key) for word, _colon, key in targets if word == WORKER_TARGET and key.isdecimal()]
    namespace = Namespace.objects.filter(pk__in=ids).first()
    if namespace is None or actor.roles.get(namespace.pk, -1) < Need.ADMIN:
        raise Forbidden(_("This token's person does not administer the owner of its workers."))
    return namespace
