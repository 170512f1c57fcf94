"""Hooks that let other domains react when a namespace is renamed or deleted."""

from __future__ import annotations

from collections.abc import Callable

from .models import Namespace

RenameHook = Callable[[Namespace, str], None]
RemovalHook = Callable[[Namespace], None]
BlockerHook = Callable[[Namespace], list[str]]

_rename_hooks: list[RenameHook] = []
_removal_hooks: list[RemovalHook] = []
_blocker_hooks: list[BlockerHook] = []


def on_namespace_renamed(hook: RenameHook) -> RenameHook:
    """Register a function (namespace, key before) to run in the transaction of each rename."""
    if hook not in _rename_hooks:
        _rename_hooks.append(hook)
    return hook


def on_namespace_removal(hook: RemovalHook) -> RemovalHook:
    """Register a function to run before a namespace is deleted, in the same transaction.

    It raises a Refusal to prevent the deletion.
    """
    if hook not in _removal_hooks:
        _removal_hooks.append(hook)
    return hook


def register_deletion_blockers(hook: BlockerHook) -> BlockerHook:
    """Register a function that returns translated sentences on why a namespace cannot be deleted yet."""
    if hook not in _blocker_hooks:
        _blocker_hooks.append(hook)
    return hook


def deletion_blockers(namespace: Namespace) -> list[str]:
    return [sentence for hook in _blocker_hooks for sentence in hook(namespace)]


def notify_renamed(namespace: Namespace, key_before: str) -> None:
    for hook in _rename_hooks:
        hook(namespace, key_before)


def notify_removal(namespace: Namespace) -> None:
    for hook in _removal_hooks:
        hook(namespace)
