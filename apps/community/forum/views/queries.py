"""The query of a list of topics, shared by pages and feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import QueryDict

from ..models import Category, TopicKind
from ..selectors import Period, TopicFilter, TopicList


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a reader asked for; unknown words count as absent."""

    name: TopicList
    period: Period
    filters: TopicFilter


def list_query(query: QueryDict, category: Category | None = None, tag: str = "") -> ListQuery:
    solved = {"true": True, "false": False}.get(query.get("solved", ""))
    kind = query.get("kind", "")
    filters = TopicFilter(
        category=category,
        tag=tag or query.get("tag", "")[:40],
        author=query.get("author", "")[:96],
        kind=kind if kind in TopicKind.values else "",
        q=query.get("q", "")[:200],
        is_solved=solved,
        after=_day(query.get("after", "")),
        before=_day(query.get("before", "")),
    )
    name, period = query.get("list", ""), query.get("period", "")
    return ListQuery(
        TopicList(name) if name in set(TopicList) else TopicList.LATEST,
        Period(period) if period in set(Period) else Period.WEEK,
        filters,
    )


def _day(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text[:10]).replace(tzinfo=UTC)
    except ValueError:
        return None
