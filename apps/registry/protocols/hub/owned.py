"""The repositories of a namespace, with their sizes."""

from __future__ import annotations

from typing import Any

from django.db.models import Sum
from django.http import HttpResponse

from apps.core.web.http import HubRequest
from apps.core.web.pagination import page_by_cursor
from apps.core.web.policies import requires
from apps.registry.repos.access import visible_to
from apps.registry.repos.models import Repo
from apps.users.accounts.models import Namespace
from apps.users.accounts.scopes import REPO_SCOPES

from .params import format_timestamp, list_response, query_limit, query_str
from .policies import NAMESPACE_READ

PAGE = 500


@requires(NAMESPACE_READ, scopes=REPO_SCOPES)
def repositories(request: HubRequest, namespace: Namespace) -> HttpResponse:
    """List the repositories of a namespace, by default the caller's own, last changed first.

    source  huggingface_hub `list_user_repos`
    """
    rows = visible_to(request.actor).filter(namespace=namespace)
    limit = query_limit(request, default=PAGE, most=PAGE)
    page = page_by_cursor(rows, order=("-updated_at", "id"), cursor=query_str(request, "cursor"), limit=limit)
    total = rows.aggregate(total=Sum("size_bytes"))["total"] or 0
    items = [serialize_owned_repo(repo, total) for repo in page.items]
    return list_response(request, items, next_cursor=page.next_cursor)


def serialize_owned_repo(repo: Repo, total: int) -> dict[str, Any]:
    return {
        "id": repo.address.id,
        "type": repo.kind,
        "updatedAt": format_timestamp(repo.updated_at),
        "visibility": "private" if repo.is_private else "public",
        "storage": repo.size_bytes,
        "storagePercent": round(repo.size_bytes / total, 4) if total else 0,
    }
