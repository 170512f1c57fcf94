"""What other districts do when a namespace changes: they register at start, services of accounts call them."""

from __future__ import annotations

from collections.abc import Callable

from .models import Namespace

Renamed = Callable[[Namespace, str], None]
Removed = Callable[[Namespace], None]

Blockers = Callable[[Namespace], list[str]]

_blockers: list[Blockers] = []
_renamed: list[Renamed] = []
_removed: list[Removed] = []


def on_namespace_renamed(act: Renamed) -> Renamed:
    """Register an act (namespace, key before) that runs in the transaction of each rename."""
    if act not in _renamed:
        _renamed.append(act)
    return act


def on_namespace_removal(act: Removed) -> Removed:
    """Register an act (namespace) that runs in the transaction of a removal, before it; it raises a Refusal to keep the namespace."""
    if act not in _removed:
        _removed.append(act)
    return act


def register_deletion_blockers(blockers: Blockers) -> Blockers:
    """Register who says, in sentences, what stands under a namespace and what happens to it if the name goes."""
    if blockers not in _blockers:
        _blockers.append(blockers)
    return blockers


def deletion_blockers(namespace: Namespace) -> list[str]:
    return [sentence for blockers in _blockers for sentence in blockers(namespace)]


def notify_renamed(namespace: Namespace, key_before: str) -> None:
    for act in _renamed:
        act(namespace, key_before)


def notify_removal(namespace: Namespace) -> None:
    for act in _removed:
        act(namespace)
