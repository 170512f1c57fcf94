"""The doors of jobs and receipts: who may see or change which."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from apps.core.actor import Actor, ActorKind, Need
from apps.core.errors import Forbidden, Unauthenticated
from apps.users.accounts.models import Namespace

from .errors import JobHidden, JobNotFound, ReceiptHidden, ReceiptNotFound
from .models import Job, Receipt


def is_overseer(actor: Actor, need: Need = Need.READ) -> bool:
    """Return whether an actor is staff, as a person or by a token that is not made for single objects.

    Staff sees every job (order, state, log, numbers) and may cancel it. What is in private repositories and their receipts stays
    with those who may read them, and only the job's own people try it again.
    """
    is_somebody = actor.kind in (ActorKind.PERSON, ActorKind.TOKEN)
    return actor.is_staff and is_somebody and actor.scope.limit is not None and need <= actor.scope.limit


def visible_to(actor: Actor) -> QuerySet[Job]:
    """Return the jobs that an actor may read: where lists and counts start. A job key reads its own job."""
    rows = Job.objects.select_related("namespace", "submitted_by")
    return rows if is_overseer(actor) else _visible_by_own_access(actor, rows)


def _visible_by_own_access(actor: Actor, rows: QuerySet[Job]) -> QuerySet[Job]:
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
    """How a token's grants may name a job: by its namespace, or by the repository that it makes."""
    made = job.output_repo
    return [f"namespace:{job.namespace.key}", *([f"{made.kind}:{made.address}".casefold()] if made else [])]


def has_access(actor: Actor, need: Need, job: Job) -> bool:
    """Return whether an actor may do what it needs to; the person who submitted a job may change it, staff reads all."""
    return has_own_access(actor, need, job) or (need is Need.READ and is_overseer(actor))


def can_cancel(actor: Actor, job: Job) -> bool:
    return has_own_access(actor, Need.WRITE, job) or is_overseer(actor, Need.WRITE)


def has_own_access(actor: Actor, need: Need, job: Job) -> bool:
    """Return whether an actor may do what it needs to without being staff; receipts open to these alone."""
    if need is Need.READ and job.is_open:
        return True
    if actor.kind is ActorKind.JOB:
        return need is Need.READ and actor.job_id == str(job.id)
    targets = targets_of(job)
    is_submitter = job.submitted_by_id is not None and job.submitted_by_id == actor.user_id
    if is_submitter and actor.roles.get(job.namespace_id, 0) >= Need.READ:
        return actor.scope.allows(need, *targets)
    return actor.can(need, job.namespace_id, *targets)


def job_for(actor: Actor, job_id: UUID, need: Need = Need.READ, *, lock: bool = False) -> Job:
    """Return the job if the actor may do what it needs to.

    lock    hold the row until the transaction ends
    raises  JobNotFound if it is absent or hidden (JobHidden to nobody in particular), Forbidden if it is only readable
    """
    job = Job.objects.select_related("namespace", "submitted_by").filter(pk=job_id).first()
    if job is None or not has_access(actor, Need.READ, job):
        raise JobNotFound(_("There is no such job.")) if actor.is_signed_in else JobHidden
    if not has_access(actor, need, job):
        if not actor.is_signed_in:
            raise Unauthenticated
        raise Forbidden(_("You may read this job, but not change it."))
    return lock_job(job.pk) if lock else job


def job_for_cancel(actor: Actor, job_id: UUID) -> Job:
    """Return the job, its row held until the transaction ends, if the actor may cancel it (raises as job_for)."""
    job = job_for(actor, job_id)
    return lock_job(job.pk) if can_cancel(actor, job) else job_for(actor, job_id, Need.WRITE, lock=True)


def lock_job(job_id: UUID) -> Job:
    """Return the job with its row held until the transaction ends."""
    return (
        Job.objects.select_related("namespace", "submitted_by").select_for_update(of=("self",)).get(pk=job_id)
    )


def check_key(actor: Actor, job_id: UUID) -> None:
    """Refuse everybody but the holder of a job's own key.

    raises  Forbidden for every other credential, Unauthenticated without one
    """
    if actor.kind is not ActorKind.JOB:
        raise (
            Forbidden(_("This address is for the job's own key.")) if actor.is_signed_in else Unauthenticated
        )
    if actor.job_id != str(job_id):
        raise Forbidden(_("This key belongs to another job."))


def job_of_key(actor: Actor, job_id: UUID) -> Job:
    """Return the job that a job key belongs to, its row held until the transaction ends (raises as check_key)."""
    check_key(actor, job_id)
    return lock_job(job_id)


def namespace_of(actor: Actor, name: str, *targets: str) -> Namespace:
    """Return the namespace that a new job counts for.

    targets  what the job makes, as a token's grants spell it
    raises   Forbidden if the actor may not add to it, Unauthenticated
    """
    if actor.kind not in (ActorKind.PERSON, ActorKind.TOKEN):
        raise Forbidden(_("A job key cannot submit jobs.")) if actor.is_signed_in else Unauthenticated
    namespace = Namespace.objects.filter(key=name.casefold()).first()
    if namespace is None or not actor.can(
        Need.CONTRIBUTE, namespace.pk, f"namespace:{name.casefold()}", *targets
    ):
        raise Forbidden(_("You may not run jobs under the name %(name)s.") % {"name": name})
    return namespace


def receipts_visible_to(actor: Actor) -> QuerySet[Receipt]:
    """Return the receipts of the jobs that an actor may read."""
    return Receipt.objects.filter(job__in=_visible_by_own_access(actor, Job.objects.all()).values("pk"))


def receipt_for(actor: Actor, receipt_id: UUID) -> Receipt:
    """Return the receipt if the actor may read its job.

    raises  ReceiptNotFound if it is absent or hidden (ReceiptHidden to nobody in particular)
    """
    rows = Receipt.objects.select_related("job__namespace", "job__submitted_by", "signing_key")
    receipt = rows.filter(pk=receipt_id).first()
    if receipt is None or not has_own_access(actor, Need.READ, receipt.job):
        raise ReceiptNotFound(_("There is no such receipt.")) if actor.is_signed_in else ReceiptHidden
    return receipt
