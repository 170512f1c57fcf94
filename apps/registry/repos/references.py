"""Repositories, and their files at a commit, that posts link to."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import unquote

from apps.core.actor import Actor
from apps.core.declaration import PageReference, ReferenceProvider

from .access import visible_to
from .addresses import PREFIXES, RepoKind

_KINDS = {prefix: kind for kind, prefix in PREFIXES.items()}
_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_PREFIX = "|".join(sorted(filter(None, _KINDS), reverse=True))
_PATH = re.compile(
    rf"/({_PREFIX})?({_NAME}/{_NAME})(?:/(?:blob|tree|commit)/([^/]{{1,200}})(?:/(.{{1,500}}))?)?"
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
SHORT_COMMIT = 7


def _find(actor: Actor, paths: Collection[str]) -> dict[str, PageReference]:
    """Return the pages of repositories; the existence of a file is not checked, which would read Git."""
    matches = {path: found for path in paths if (found := _PATH.fullmatch(path))}
    keys = {found[2].casefold() for found in matches.values()}
    rows = {(row.kind, row.address_key): row for row in visible_to(actor).filter(address_key__in=keys)}
    result = {}
    for path, found in matches.items():
        row = rows.get((_KINDS[found[1] or ""], found[2].casefold()))
        if row is not None:
            result[path] = _reference(str(row.address.id), RepoKind(row.kind), found[3], found[4])
    return result


def _reference(name: str, kind: RepoKind, revision: str | None, file: str | None) -> PageReference:
    shown = unquote(revision or "")
    note = shown[:SHORT_COMMIT] if _COMMIT.fullmatch(shown) else shown
    title = f"{name}: {unquote(file)}" if file else name
    return PageReference(title=title, icon="file" if file else kind.value, kind=kind.label, note=note)


PROVIDER = ReferenceProvider(_PATH, _find)
