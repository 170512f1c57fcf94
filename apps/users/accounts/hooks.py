"""Lets other apps react when a namespace is renamed or deleted, as they declare."""

from __future__ import annotations

from apps.core.declaration import declared

from .models import Namespace


def deletion_blockers(namespace: Namespace) -> list[str]:
    """Return sentences on why a namespace cannot be deleted yet."""
    hooks = [hooks.deletion_blockers for hooks in declared().namespace_hooks if hooks.deletion_blockers]
    return [sentence for hook in hooks for sentence in hook(namespace)]


def notify_renamed(namespace: Namespace, key_before: str) -> None:
    for hooks in declared().namespace_hooks:
        if hooks.renamed:
            hooks.renamed(namespace, key_before)


def notify_removal(namespace: Namespace) -> None:
    """Let the apps delete what they store for a namespace.

    raises  Refusal if an app prevents the deletion
    """
    for hooks in declared().namespace_hooks:
        if hooks.removed:
            hooks.removed(namespace)
