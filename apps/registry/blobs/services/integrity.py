"""Checks that every large object that a repository links is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.db.models import Exists, OuterRef

from apps.core.integrity import Findings

from ..models import RepoObject, Source, StoredBlob, Xorb
from .garbage import Cutoffs, adopt_untracked, due_for_removal

# collection runs every night; what is due longer than this was left over
LATE = timedelta(days=3)
SHOWN = 100


def check_links() -> Findings:
    """Check that every large file of a repository has its object."""
    blobs = StoredBlob.objects.filter(sha256=OuterRef("sha256"))
    dangling = RepoObject.objects.filter(source=Source.LFS).exclude(
        Exists(blobs)
    ) | RepoObject.objects.filter(source=Source.XET, file=None)
    problems = [
        f"{row.sha256} of repository {row.repo_key} has no object" for row in dangling.order_by("pk")[:SHOWN]
    ]
    if (count := dangling.count()) > SHOWN:
        problems.append(f"and {count - SHOWN} more")
    return Findings("links to large objects", RepoObject.objects.count(), problems, _leftovers())


def _leftovers() -> list[str]:
    notes = []
    if untracked := adopt_untracked(dry_run=True).count:
        notes.append(f"{untracked} stored objects have no row yet; garbage collection adopts them.")
    cutoffs = Cutoffs.now()
    late = replace(cutoffs, marked_since=cutoffs.marked_since - LATE)
    if due := sum(due_for_removal(model, late).count() for model in (StoredBlob, Xorb)):
        notes.append(f"{due} objects are due for removal for days. Does `collect_garbage` run?")
    return notes
