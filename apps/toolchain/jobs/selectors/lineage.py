"""Lineage of jobs and repositories as a graph."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from apps.core.actor import ANONYMOUS, Actor
from apps.core.text.svg import Node

from ..access import visible_to
from ..models import Direction, Job, Lineage

HOPS = 4
JOBS_LIMIT = 40
SERIES = {"model": 1, "dataset": 2, "job": 3, "receipt": 4}


@dataclass(slots=True)
class Graph:
    """Nodes by key, and pairs of keys from source to target."""

    by_key: dict[str, Node] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)

    @property
    def nodes(self) -> list[Node]:
        return list(self.by_key.values())

    def add(self, node: Node) -> str:
        if node.key not in self.by_key or node.is_current:
            self.by_key[node.key] = node
        return node.key

    def join(self, source: str, target: str) -> None:
        if (source, target) not in self.edges:
            self.edges.append((source, target))


def lineage_of_job(job: Job, *, shows_receipt: bool = True) -> Graph:
    """Return a job with its inputs and outputs, and its receipt if the reader may open it."""
    graph = Graph()
    _add_job(graph, job, list(job.lineage.order_by("direction", "id")), current=_job_key(job))
    receipt = getattr(job, "receipt", None) if shows_receipt else None
    if receipt:
        node = Node(
            f"receipt:{receipt.pk}",
            str(receipt.pk)[:8],
            _("Receipt"),
            receipt.get_absolute_url(),
            SERIES["receipt"],
        )
        graph.join(_job_key(job), graph.add(node))
    return graph


def lineage_for(repo_key: UUID, actor: Actor = ANONYMOUS) -> Graph:
    """Return what a repository was made from and what was made from it, limited to visible jobs.

    At most HOPS jobs in each direction and JOBS_LIMIT jobs in total, without evaluations.
    """
    graph = Graph()
    seen: dict[UUID, Job] = {}
    for upward in (True, False):
        keys = {repo_key}
        for _hop in range(HOPS):
            jobs = _making_jobs(keys, actor, upward=upward, known=set(seen))
            seen.update((job.pk, job) for job in jobs)
            keys = _far_ends(jobs, upward=upward)
            if not keys or len(seen) >= JOBS_LIMIT:
                break
    for job in list(seen.values())[:JOBS_LIMIT]:
        _add_job(graph, job, list(job.lineage.all()), current=f"repo:{repo_key}")
    return graph


def is_made_by(job_id: UUID | str, repo_key: UUID) -> bool:
    """Return whether a job has created a repository."""
    return Lineage.objects.filter(job_id=job_id, direction=Direction.OUTPUT, repo_key=repo_key).exists()


def _making_jobs(keys: set[UUID], actor: Actor, *, upward: bool, known: set[UUID]) -> list[Job]:
    """Return the jobs that made one of the repositories (upward), or used one to make another."""
    near = Q(repo_key__in=keys, direction=Direction.OUTPUT if upward else Direction.INPUT)
    touching = Lineage.objects.filter(near).values("job")
    makers = Lineage.objects.filter(direction=Direction.OUTPUT).values("job")
    rows = visible_to(actor).filter(pk__in=touching).filter(pk__in=makers).exclude(pk__in=known)
    return list(rows.prefetch_related("lineage").order_by("-created_at")[:JOBS_LIMIT])


def _far_ends(jobs: list[Job], *, upward: bool) -> set[UUID]:
    wanted = Direction.INPUT if upward else Direction.OUTPUT
    return {
        row.repo_key for job in jobs for row in job.lineage.all() if row.direction == wanted and row.repo_key
    }


def _job_key(job: Job) -> str:
    return f"job:{job.pk}"


def _repo_key(row: Lineage) -> str:
    return f"repo:{row.repo_key or f'{row.kind}:{row.address}'}"


def _add_job(graph: Graph, job: Job, rows: list[Lineage], *, current: str) -> None:
    key = _job_key(job)
    graph.add(
        Node(
            key,
            job.kind_label,
            job.get_state_display(),
            job.get_absolute_url(),
            SERIES["job"],
            key == current,
        )
    )
    for row in rows:
        place = _repo_key(row)
        kind = _("Dataset") if row.kind == "dataset" else _("Model")
        if row.commit and current.startswith("job:"):
            kind = f"{kind} · {row.commit[:7]}"
        graph.add(
            Node(
                place,
                row.address,
                kind,
                row.path if place == current else row.commit_path,
                SERIES.get(row.kind, 8),
                place == current,
            )
        )
        if row.direction == Direction.INPUT:
            graph.join(place, key)
        else:
            graph.join(key, place)
