"""Searching everything: what was found, tab by tab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.core.actor import Actor

from .corrections import correct_query
from .providers import Hit, SearchProvider, Tab, providers
from .words import SearchQuery

# no more than the best MOST of each tab are shown and counted
MOST, PAGE, SHOWN = 100, 20, 5


@dataclass(frozen=True, slots=True)
class Group:
    tab: Tab
    count: int
    hits: list[Hit]

    @property
    def is_more(self) -> bool:
        return self.count > len(self.hits)


@dataclass(slots=True)
class SearchResults:
    """What a search brought.

    asked    the question that was answered: another one than was written if nothing was found for that
    tabs     each with how many it holds, at most MOST
    groups   the best of each tab, or a page of the chosen one
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


def search(actor: Actor, text: str, *, tab: str = "", start: int = 0, shown: int = SHOWN) -> SearchResults:
    """Return what an actor may see and what holds every word; what comes close to them if nothing does.

    tab    one kind of thing, from a place on; empty shows the best of each
    """
    query = SearchQuery.of(text)
    found = SearchResults(query, query)
    if not query.words:
        return found
    numbers = _counts(actor, query)
    if not any(numbers.values()) and (better := correct_query(actor, query)):
        better_numbers = _counts(actor, better)
        if any(better_numbers.values()):
            found.effective_query, numbers = better, better_numbers
    found.tabs = [(one, numbers[one.key]) for provider in providers() for one in provider.tabs]
    _fill(actor, found, numbers, tab, start, shown)
    return found


def _counts(actor: Actor, query: SearchQuery) -> dict[str, int]:
    return {
        key: count for provider in providers() for key, count in provider.counts(actor, query, MOST).items()
    }


def _fill(
    actor: Actor, found: SearchResults, numbers: Mapping[str, int], chosen: str, start: int, shown: int
) -> None:
    count = PAGE if chosen else shown
    for provider, tab in _chosen_tabs(chosen):
        if numbers[tab.key]:
            hits = provider.best(
                actor,
                found.effective_query,
                tab,
                total=numbers[tab.key],
                start=start,
                count=min(count, MOST - start),
            )
            found.groups.append(Group(tab, numbers[tab.key], hits))
    if chosen and found.groups and start + PAGE < numbers[chosen]:
        found.next_start = start + PAGE


def _chosen_tabs(chosen: str) -> list[tuple[SearchProvider, Tab]]:
    return [(provider, tab) for provider in providers() for tab in provider.tabs if chosen in ("", tab.key)]


def tab_keys() -> set[Any]:
    return {tab.key for provider in providers() for tab in provider.tabs}
