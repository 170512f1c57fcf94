"""Resolving revisions to commits."""

from __future__ import annotations

import re

import pygit2

from apps.core.text.storable import is_storable

from .errors import RevisionNotFound

FULL_SHA = re.compile(r"[0-9a-f]{40}")
TAGS_LIMIT = 8
SHORT_SHA = re.compile(r"[0-9a-f]{4,40}")


def resolve(repo: pygit2.Repository, revision: str) -> str:
    """Return the full sha of a commit.

    revision  a branch, a tag, a full or abbreviated sha (4 hex digits or more), HEAD, or a full ref name, in
              this order
    raises    RevisionNotFound
    """
    if FULL_SHA.fullmatch(revision):
        return _commit_of(repo, repo.get(revision), revision)
    for ref in _candidates(revision):
        target = ref_target(repo, ref)
        if target is not None:
            return target
    if SHORT_SHA.fullmatch(revision.lower()):
        return _by_prefix(repo, revision.lower())
    raise RevisionNotFound(f"Invalid rev id: {_shown(revision)}", revision=_shown(revision))


def ref_target(repo: pygit2.Repository, ref: str) -> str | None:
    """Return the commit that a ref leads to, through symbolic refs and tag objects, or None."""
    try:
        return str(repo.references[ref].peel(pygit2.Commit).id)
    except (KeyError, ValueError, pygit2.GitError):
        return None


def _candidates(revision: str) -> list[str]:
    if not revision or not is_storable(revision):
        return []
    if revision == "HEAD":
        return ["HEAD"]
    names = [f"refs/heads/{revision}", f"refs/tags/{revision}"]
    return [*names, revision] if revision.startswith("refs/") else names


def _by_prefix(repo: pygit2.Repository, prefix: str) -> str:
    try:
        found = repo.get(prefix)
    except ValueError:
        raise RevisionNotFound(f"{prefix} is ambiguous.", revision=prefix) from None
    return _commit_of(repo, found, prefix)


def _commit_of(repo: pygit2.Repository, found: pygit2.Object | None, revision: str) -> str:
    try:
        if found is not None:
            return str(found.peel(pygit2.Commit).id)
    except (ValueError, pygit2.GitError):
        pass
    raise RevisionNotFound(f"Invalid rev id: {revision}", revision=revision)


def _shown(revision: str) -> str:
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in revision[:120]
    )


def commit_behind(repo: pygit2.Repository, oid: str) -> str | None:
    """Return the commit that an object is or, through at most TAGS_LIMIT tags, leads to.

    None if there is none.
    """
    try:
        found, tags = repo.get(oid), 0
        while isinstance(found, pygit2.Tag) and tags < TAGS_LIMIT:
            found, tags = repo.get(found.target), tags + 1
        if isinstance(found, pygit2.Tag):
            return None
        return str(found.peel(pygit2.Commit).id) if found is not None else None
    except (ValueError, pygit2.GitError):
        return None
