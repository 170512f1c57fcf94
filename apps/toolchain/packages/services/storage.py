"""Counting what projects store for their owners."""

from __future__ import annotations

from django.db.models import Sum

from apps.business.usage.services import drop_item, lock_item, store_item

from ..models import CoreMetadata, Project, ProjectFile

SOURCE = "packages"


def count_project(project: Project, *, within_limit: bool = False) -> None:
    """Count all files of a locked project for its owner, at the end of a transaction.

    raises  OverQuota if it must stay within the limit of its owner and does not
    """
    files = ProjectFile.objects.filter(version__project=project).aggregate(total=Sum("size"))["total"] or 0
    metadata = CoreMetadata.objects.filter(file__version__project=project).aggregate(total=Sum("size"))
    store_item(
        lock_item(SOURCE, project.pk),
        namespace_id=project.namespace_id,
        size_bytes=files + (metadata["total"] or 0),
        within_limit=within_limit,
    )


def forget_count(project_id: int) -> None:
    drop_item(SOURCE, project_id)
