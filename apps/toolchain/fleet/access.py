"""Who may see and manage workers: administrators all of them, others those of namespaces that they lead."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from apps.core.actor import Actor, ActorKind, Need
from apps.core.errors import Unauthenticated
from apps.toolchain.jobs.access import is_staff_actor, namespace_of_worker
from apps.toolchain.jobs.models import Worker

from .errors import WorkerNotFound


def visible_to(actor: Actor, need: Need = Need.READ) -> QuerySet[Worker]:
    """Return the workers that an actor may see, or with Need.WRITE manage."""
    rows = Worker.objects.select_related("namespace")
    if is_staff_actor(actor, need):
        return rows
    if actor.kind not in (ActorKind.PERSON, ActorKind.TOKEN) or actor.scope.limit is None:
        return rows.none()
    led = actor.namespaces_with(Need.ADMIN) if need <= actor.scope.limit else []
    return rows.filter(namespace_id__in=led)


def worker_for(actor: Actor, worker_id: UUID, need: Need = Need.READ, *, lock: bool = False) -> Worker:
    """Return a worker if the actor may see it, or with Need.WRITE manage it.

    lock    hold the row until the transaction ends
    raises  WorkerNotFound, Unauthenticated
    """
    if not actor.is_signed_in:
        raise Unauthenticated
    worker = visible_to(actor, need).filter(public_id=worker_id).first()
    if worker is None:
        raise WorkerNotFound(_("Worker not found."))
    return Worker.objects.select_for_update(of=("self",)).get(pk=worker.pk) if lock else worker


def own_row(actor: Actor, worker_id: UUID) -> Worker:
    """Lock and return the row of a worker that asks with its token.

    raises  WorkerNotFound, also for a worker of another owner; Forbidden
    """
    rows = Worker.objects.select_for_update(of=("self",)).select_related("namespace")
    worker = rows.filter(public_id=worker_id, namespace=namespace_of_worker(actor)).first()
    if worker is None:
        raise WorkerNotFound
    return worker
