"""Site-wide search, grouped by tab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.core.actor import Actor
from apps.core.errors import InvalidCursor
from apps.core.web.params import parse_int

from .corrections import correct_query
from .providers import Hit, SearchProvider, Tab, count_matches, providers
from .words import SearchQuery

# at most MOST results per tab are counted and shown
MOST, PAGE, SHOWN = 100, 20, 5


def parse_start(cursor: str) -> int:
    """Return the index of the first result of a page.

    raises  InvalidCursor
    """
    start = parse_int(cursor, most=MOST - 1)
    if start is None:
        raise InvalidCursor
    return start


@dataclass(frozen=True, slots=True)
class Group:
    tab: Tab
    count: int
    hits: list[Hit]

    @property
    def has_more(self) -> bool:
        return self.count > len(self.hits)


@dataclass(slots=True)
class SearchResults:
    """Results of a search.

    query            as typed
    effective_query  the one that was run: a correction if the typed one had no results
    tabs             each with its number of results, at most MOST
    groups           the best of each tab, or a page of the chosen one
    """

    query: SearchQuery
    effective_query: SearchQuery
    tabs: list[tuple[Tab, int]] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    next_start: int | None = None

    @property
    def was_corrected(self) -> bool:
        return self.effective_query.words != self.query.words

    @property
    def total(self) -> int:
        return sum(count for _tab, count in self.tabs)


def search(
    actor: Actor, text: str, *, tab: str = "", start: int = 0, page: int = PAGE, shown: int = SHOWN
) -> SearchResults:
    """Return visible results that match every word, or those of a corrected query if there are none.

    tab    shows one kind of result, `page` from `start`; empty shows the best of each
    shown  the best of each kind
    """
    query = SearchQuery.of(text)
    results = SearchResults(query, query)
    if not query.words:
        return results
    counts = count_matches(actor, query, MOST)
    if not any(counts.values()) and (better := correct_query(actor, query)):
        better_counts = count_matches(actor, better, MOST)
        if any(better_counts.values()):
            results.effective_query, counts = better, better_counts
    results.tabs = [(one, counts[one.key]) for provider in providers() for one in provider.tabs]
    _fill(actor, results, counts, tab, start, page if tab else shown)
    return results


def _fill(
    actor: Actor, results: SearchResults, counts: Mapping[str, int], chosen: str, start: int, count: int
) -> None:
    # providers rank fewer candidates for the first few results, which pages must not depend on
    read = max(count, SHOWN + 1) if chosen else count
    for provider, tab in _chosen_tabs(chosen):
        if counts[tab.key]:
            hits = provider.best(
                actor,
                results.effective_query,
                tab,
                total=counts[tab.key],
                start=start,
                count=min(read, MOST - start),
            )
            results.groups.append(Group(tab, counts[tab.key], hits[:count]))
    if chosen and results.groups and start + count < counts[chosen]:
        results.next_start = start + count


def _chosen_tabs(chosen: str) -> list[tuple[SearchProvider, Tab]]:
    return [(provider, tab) for provider in providers() for tab in provider.tabs if chosen in ("", tab.key)]


def tab_keys() -> set[Any]:
    return {tab.key for provider in providers() for tab in provider.tabs}
