"""What the apps above add to the pages of a repository; each declares its parts in its AppConfig."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from django.apps import apps

from apps.core.actor import Actor, Need

from .addresses import RepoKind
from .kinds import Label
from .links import Links
from .models import Repo


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoTab:
    """A tab above the pages of a repository.

    name   as the pages of the tab pass it to `head_facts`
    order  lowest first
    href   of the first page, from links at the default branch
    kinds  that have the tab
    need   what the actor must be able to do
    count  a number beside the label
    """

    name: str
    label: Label
    icon: str
    order: int
    href: Callable[[Links], str]
    kinds: frozenset[RepoKind] = frozenset(RepoKind)
    need: Need = Need.SEE
    count: Callable[[Repo], int] | None = None


@dataclass(frozen=True, slots=True)
class CardSection:
    """A section beside the card of a repository; `facts` returns what its template shows."""

    template: str
    facts: Callable[[Actor, Repo], Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepoPageParts:
    """The parts that one app adds.

    head_templates      in the head of every page
    act_templates       buttons beside the name
    card_sections       beside the card
    settings_templates  sections of the settings, before those of the repository itself
    """

    tabs: tuple[RepoTab, ...] = ()
    head_templates: tuple[str, ...] = ()
    act_templates: tuple[str, ...] = ()
    card_sections: tuple[CardSection, ...] = ()
    settings_templates: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def page_parts() -> RepoPageParts:
    """Return the parts of all apps together, in the order of INSTALLED_APPS; tabs by their own order."""
    found: list[RepoPageParts] = [
        config.repo_page_parts() for config in apps.get_app_configs() if hasattr(config, "repo_page_parts")
    ]
    tabs = sorted(chain.from_iterable(one.tabs for one in found), key=lambda tab: tab.order)
    return RepoPageParts(
        tabs=tuple(tabs),
        head_templates=tuple(chain.from_iterable(one.head_templates for one in found)),
        act_templates=tuple(chain.from_iterable(one.act_templates for one in found)),
        card_sections=tuple(chain.from_iterable(one.card_sections for one in found)),
        settings_templates=tuple(chain.from_iterable(one.settings_templates for one in found)),
    )
