"""Reading the fleet: workers, what they run and how busy they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.core.actor import Actor, Need
from apps.toolchain.contracts import fingerprints
from apps.toolchain.jobs.access import WORKER_TARGET
from apps.toolchain.jobs.models import LEASED, Job, JobState, Worker
from apps.users.accounts.models import AccessToken, Namespace, TokenRole

from .access import visible_to

WINDOW = timedelta(hours=24)
AWAY_AFTER = timedelta(minutes=2)
JOBS_LIMIT = 5000
ORDER = ("name", "public_id")


@dataclass(slots=True)
class Activity:
    """What a worker has done within a day, by the jobs whose last attempt it had.

    running       its jobs now
    busy_seconds  time with a job
    """

    running: list[Job] = field(default_factory=list)
    succeeded: int = 0
    failed: int = 0
    busy_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Queued:
    """How many jobs wait, and since when the oldest does."""

    count: int
    oldest_at: datetime | None


def listed_workers(actor: Actor) -> QuerySet[Worker]:
    """Return the workers that an actor may see; paginate by ORDER."""
    return visible_to(actor)


def activity_of(workers: Iterable[Worker]) -> dict[int, Activity]:
    """Return what each worker does and has done, in two queries."""
    now = timezone.now()
    since = now - WINDOW
    found = {worker.pk: Activity() for worker in workers}
    jobs = Job.objects.filter(worker__in=list(found)).defer("failures", "params")
    rows = [
        *jobs.filter(state__in=LEASED)[:JOBS_LIMIT],
        *jobs.filter(finished_at__gte=since).order_by("-finished_at")[:JOBS_LIMIT],
    ]
    for job in rows:
        one = found[job.worker_id or 0]
        if job.is_leased:
            one.running.append(job)
        one.succeeded += job.state == JobState.SUCCEEDED
        one.failed += job.state == JobState.FAILED
        began, ended = max(job.claimed_at or now, since), job.finished_at or now
        one.busy_seconds += max(0.0, (ended - began).total_seconds())
    return found


def is_away(worker: Worker) -> bool:
    return worker.last_seen_at < timezone.now() - AWAY_AFTER


def other_recipes(worker: Worker) -> list[str]:
    """Return the recipes of the site that a worker lacks or declares otherwise, whose jobs it never gets."""
    if worker.recipes is None:
        return []
    return sorted(key for key, value in fingerprints().items() if worker.recipes.get(key) != value)


def queued_jobs() -> Queued:
    """Return how much work waits on the whole site."""
    waiting = Job.objects.filter(state=JobState.QUEUED)
    return Queued(waiting.count(), waiting.order_by("queued_at").values_list("queued_at", flat=True).first())


def tokens_of(actor: Actor) -> QuerySet[AccessToken]:
    """Return the worker tokens that a person may revoke: those of the namespaces that they administer.

    Administrators may also revoke those of the site.
    """
    rows = AccessToken.objects.filter(role=TokenRole.WORKER, revoked_at=None).select_related("user")
    led = Q(pk=None)
    for namespace_id in actor.namespaces_with(Need.ADMIN):
        led |= Q(grants__contains=[{"target": f"{WORKER_TARGET}:{namespace_id}"}])
    return rows.filter(led | Q(grants=[])) if actor.is_staff else rows.filter(led)


def owner_names(actor: Actor) -> dict[int, str]:
    """Return the names of the namespaces whose workers an actor may manage, by id."""
    rows = Namespace.objects.filter(pk__in=actor.namespaces_with(Need.ADMIN))
    return dict(rows.order_by("-kind", "name").values_list("pk", "name"))


def owner_of_token(token: AccessToken, names: Mapping[int, str]) -> str | None:
    """Return the name of the namespace whose workers use a token, None for the site."""
    targets = [str(line["target"]).partition(":") for line in token.grants]
    ids = [int(key) for word, _colon, key in targets if word == WORKER_TARGET]
    return next((names[one] for one in ids if one in names), None)
