"""The query of a list page."""

from __future__ import annotations

from django.http import QueryDict

from apps.core.web.http import HubRequest


def list_query(request: HubRequest) -> QueryDict:
    """Return the query of a list; old links spell `license` as `licence`."""
    query: QueryDict = request.GET.copy()
    earlier = query.get("licence", "")
    query.pop("licence", None)
    if earlier:
        query.setdefault("license", earlier)
    return query
