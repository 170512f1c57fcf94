"""Ref names, and compare-and-swap updates of refs."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import pygit2
from django.utils.translation import gettext as _

from apps.core.disk_space import DiskFull, means_disk_full

from .children import run_git
from .errors import BadRefName, RefExists, RefMoved
from .retained_refs import retained_ref_name
from .revisions import FULL_SHA, ref_target
from .values import Ref, RefMove, Refs

NAME_LIMIT_BYTES = 200
# a ref transaction takes milliseconds; an older lock is from a dead process
STALE_LOCK_SECONDS = 30
FORBIDDEN_IN_NAME = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|$)|\.$|/$|^/|^\.|^-|^@$")


def check_ref_name(name: str) -> str:
    """Return a branch or tag name that is valid in git, in a path and in a URL.

    raises  BadRefName
    source  git check-ref-format
    """
    try:
        length = len(name.encode())
    except UnicodeEncodeError:
        length = 0
    if not length or length > NAME_LIMIT_BYTES or FORBIDDEN_IN_NAME.search(name) or not name.isprintable():
        raise BadRefName(_("This is not a valid name for a branch or tag."))
    if name == "HEAD" or name.startswith("refs/") or FULL_SHA.fullmatch(name):
        raise BadRefName(_("A branch or tag cannot be named %(name)s.") % {"name": name})
    return name


def list_refs(repo: pygit2.Repository) -> Refs:
    """Return all refs by kind, sorted by name."""
    refs = Refs()
    kinds = {
        "refs/heads/": refs.branches,
        "refs/tags/": refs.tags,
        "refs/convert/": refs.converts,
        "refs/pr/": refs.pulls,
    }
    for full in sorted(repo.references):
        for prefix, holder in kinds.items():
            target = ref_target(repo, full) if full.startswith(prefix) else None
            if target is not None:
                holder.append(Ref(full.removeprefix(prefix), full, target))
    return refs


def move_refs(folder: Path, moves: Sequence[RefMove], unreferenced: Iterable[str] = ()) -> None:
    """Update all refs or none, each only if it has its old value.

    unreferenced  objects that may become unreachable; hidden refs retain them for a grace period
    raises        RefMoved if a ref has another value, RefExists if a new one exists or its name conflicts
    """
    if not moves:
        return
    script = "".join(
        [*map(_line, moves), *(f"update {retained_ref_name(sha)}\0{sha}\0\0" for sha in unreferenced)]
    )
    done = run_git(folder, "update-ref", "--stdin", "-z", feed=script.encode())
    if done.returncode and b".lock'" in done.stderr and _clear_stale_locks(folder, moves):
        done = run_git(folder, "update-ref", "--stdin", "-z", feed=script.encode())
    if done.returncode:
        raise _refusal(done.stderr.decode(errors="replace"), moves)


def _line(move: RefMove) -> str:
    if move.old is None:
        return f"create {move.ref}\0{move.new}\0"
    if move.new is None:
        return f"delete {move.ref}\0{move.old}\0"
    return f"update {move.ref}\0{move.new}\0{move.old}\0"


def _refusal(reason: str, moves: Sequence[RefMove]) -> Exception:
    # git does not say why it could not write
    if means_disk_full(reason) or "couldn't write" in reason:
        return DiskFull()
    for move in moves:
        if "already exists" in reason and f"'{move.ref}'" in reason:
            return RefExists(f"Reference {move.ref} already exists", ref=move.ref)
    if "cannot create" in reason or "cannot process" in reason:
        return RefExists("The name conflicts with an existing branch or tag.", ref=moves[0].ref)
    if "refusing to update ref with bad name" in reason or "invalid ref format" in reason:
        return BadRefName(_("This is not a valid name for a branch or tag."))
    return RefMoved(ref=moves[0].ref)


def _clear_stale_locks(folder: Path, moves: Sequence[RefMove]) -> bool:
    """Remove locks of dead processes; False if every lock may still be held."""
    cleared = False
    for name in ["packed-refs", "HEAD", *[move.ref for move in moves]]:
        lock = folder / f"{name}.lock"
        try:
            if time.time() - lock.stat().st_mtime > STALE_LOCK_SECONDS:
                lock.unlink()
                cleared = True
        except FileNotFoundError:
            continue
    return cleared
