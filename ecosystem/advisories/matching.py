"""Matching pinned versions with OSV records, by the schema's evaluation algorithm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import Version

from .versions import semver

RANGE_TYPES = {"ECOSYSTEM", "SEMVER"}
EVENTS = ("fixed", "introduced", "last_affected", "limit")
Order = Callable[[str], Any]


class BadRecord(Exception):
    """A record that violates the schema."""


@dataclass(frozen=True, slots=True)
class Package:
    """A pinned package.

    ecosystem  in OSV's spelling (PyPI, npm)
    """

    ecosystem: str
    name: str
    version: str

    @property
    def public_version(self) -> str:
        """The version without its local build tag (`2.9.0+cpu`), as advisories list it."""
        return self.version.partition("+")[0]

    @property
    def key(self) -> tuple[str, str]:
        return self.ecosystem, normalize_name(self.ecosystem, self.name)


@dataclass(frozen=True, slots=True)
class Hit:
    """A pinned version that a record affects.

    fixed_in  later versions with a fix, from the record's matching ranges
    """

    package: Package
    id: str
    aliases: tuple[str, ...]
    fixed_in: tuple[str, ...]
    summary: str


def normalize_name(ecosystem: str, name: str) -> str:
    return canonicalize_name(name) if ecosystem == "PyPI" else name.lower()


def order_of(ecosystem: str) -> Order:
    """Return the version parser of an ecosystem; it raises ValueError for invalid versions."""
    return semver if ecosystem == "npm" else Version


def find_hits(
    packages: Iterable[Package], records: Iterable[Mapping[str, Any]], bad: Callable[[str], None]
) -> Iterator[Hit]:
    """Yield each affected pinned version, once per record.

    bad     receives the ids of records that violate the schema
    source  https://ossf.github.io/osv-schema/#evaluation
    """
    by_key = {package.key: package for package in packages}
    for record in records:
        if record.get("withdrawn"):
            continue
        try:
            yield from _hits_of(by_key, record)
        except BadRecord:
            bad(str(record.get("id")))


def _hits_of(by_key: Mapping[tuple[str, str], Package], record: Mapping[str, Any]) -> list[Hit]:
    """Return the hits of a record; an invalid entry does not hide its other entries."""
    found: dict[Package, list[str]] = {}
    is_bad = False
    for affected in _list(record, "affected"):
        try:
            package = _package_of(by_key, affected)
            fixed = _fixed_versions(affected, package) if package else None
        except (BadRecord, TypeError, AttributeError, ValueError):
            is_bad = True
            continue
        if package and fixed is not None:
            found.setdefault(package, []).extend(fixed)
    if is_bad and not found:
        raise BadRecord
    return [_hit(record, package, fixed) for package, fixed in found.items()]


def _hit(record: Mapping[str, Any], package: Package, fixed: list[str]) -> Hit:
    aliases = tuple(one for one in record.get("aliases") or [] if isinstance(one, str))
    summary = record.get("summary") or record.get("details") or ""
    first_line = str(summary).strip().splitlines()[0] if str(summary).strip() else ""
    return Hit(package, str(record["id"]), aliases, tuple(dict.fromkeys(fixed)), first_line)


def _list(holder: Mapping[str, Any], key: str) -> list[Any]:
    value = holder.get(key) or []
    if not isinstance(value, list):
        raise BadRecord
    return value


def _package_of(by_key: Mapping[tuple[str, str], Package], affected: Any) -> Package | None:
    if not isinstance(affected, dict):
        raise BadRecord
    package = affected.get("package")
    if package is None:  # a commit range of a repository
        return None
    name, ecosystem = package.get("name"), package.get("ecosystem")
    if not isinstance(name, str) or not isinstance(ecosystem, str):
        raise BadRecord
    ecosystem = ecosystem.partition(":")[0]
    return by_key.get((ecosystem, normalize_name(ecosystem, name)))


def _fixed_versions(affected: Mapping[str, Any], package: Package) -> list[str] | None:
    """Return the fixed versions (possibly none) if the pinned one is affected, else None."""
    order = order_of(package.ecosystem)
    pinned = order(package.public_version)
    is_affected = any(
        _is_same_version(order, pinned, package.public_version, one) for one in _list(affected, "versions")
    )
    fixed: list[str] = []
    for span in _list(affected, "ranges"):
        if span.get("type") in RANGE_TYPES:
            events = _events(span, order)
            is_in_range = _is_affected(events, pinned)
            is_affected = is_affected or is_in_range
            fixed += [text for _at, kind, text in events if kind == "fixed" and order(text) > pinned]
    return fixed if is_affected else None


def _is_same_version(order: Order, pinned: Any, text: str, other: Any) -> bool:
    if not isinstance(other, str):
        raise BadRecord
    try:
        return other == text or bool(order(other) == pinned)
    except ValueError:  # a legacy version
        return False


def _events(span: Mapping[str, Any], order: Order) -> list[tuple[Any, str, str]]:
    """Return (version, kind, text) in version order; version None sorts before all others."""
    events = []
    for event in _list(span, "events"):
        for kind, text in event.items():
            if kind not in EVENTS or not isinstance(text, str):
                raise BadRecord
            if (kind, text) != ("limit", "*"):  # no limit at all
                events.append((None if text == "0" else order(text), kind, text))
    if not any(kind == "introduced" for _at, kind, _text in events):
        raise BadRecord
    first = [one for one in events if one[0] is None]
    return first + sorted((one for one in events if one[0] is not None), key=_event_order)


def _event_order(event: tuple[Any, str, str]) -> tuple[Any, int]:
    """Sort key: at one version, `fixed` applies before `introduced` and `last_affected` after both."""
    at, kind, _text = event
    return at, EVENTS.index(kind)


def _is_affected(events: list[tuple[Any, str, str]], pinned: Any) -> bool:
    limits = [at for at, kind, _text in events if kind == "limit"]
    if limits and not any(at is not None and pinned < at for at in limits):
        return False
    is_in_range = False
    for at, kind, _text in events:
        reached = at is None or pinned >= at
        if kind == "introduced" and reached:
            is_in_range = True
        elif (kind == "fixed" and reached) or (kind == "last_affected" and (at is None or pinned > at)):
            is_in_range = False
    return is_in_range
