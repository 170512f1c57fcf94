"""Counting what the releases of a project store for its owner."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum

from apps.business.usage.services import drop_item, lock_item, store_item
from apps.toolchain.packages.models import Project

from ..models import Asset

SOURCE = "releases"


def count_releases(project: Project, *, within_limit: bool = False, **signal: Any) -> None:
    """Count all assets of a locked project for its owner, at the end of a transaction.

    raises  OverQuota if they must stay within the limit of the owner and do not
    """
    total = Asset.objects.filter(release__project=project).aggregate(total=Sum("size"))["total"] or 0
    store_item(
        lock_item(SOURCE, project.pk),
        namespace_id=project.namespace_id,
        size_bytes=total,
        within_limit=within_limit,
    )


def forget_count(project_id: int, **signal: Any) -> None:
    drop_item(SOURCE, project_id)
