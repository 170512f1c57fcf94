"""Refs that only a repository's administrators move: the same check for pushes, commits and buttons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from django.db import transaction
from django.utils.translation import gettext as _

from apps.core.actor import Actor, Need
from apps.core.audit.services import record
from apps.registry.gitstore import GitRepo, RefMove

from ..access import may, repo_for
from ..addresses import Address
from ..errors import BadPattern, Forbidden
from ..models import Repo

SETTING = "protected"
PATTERNS_LIMIT = 50
BRANCHES, TAGS = "refs/heads/", "refs/tags/"
PATTERN = re.compile(r"[^\x00-\x20\x7f~^:\[\\]{1,200}")


@dataclass(frozen=True, slots=True)
class Protection:
    """What only administrators do with the refs of one repository.

    Whatever the patterns say, only administrators replace the history of a branch or delete one, and nobody deletes the default branch.

    default_branch  its short name
    patterns        of branches (`main`, `release/*`) and tags (`refs/tags/v*`) that only administrators make, move or delete;
                    * stands for anything, ? for one character
    """

    default_branch: str
    patterns: tuple[str, ...] = ()

    def covers(self, ref: str) -> bool:
        """Return whether a pattern names a ref (by its full name)."""
        return any(
            fnmatchcase(ref, pattern if pattern.startswith("refs/") else BRANCHES + pattern)
            for pattern in self.patterns
        )


def protection_of(repo: Repo) -> Protection:
    """Return what is protected in a repository."""
    return Protection(repo.default_branch, tuple(repo.settings.get(SETTING, ())))


@transaction.atomic
def set_protection(*, actor: Actor, address: Address, patterns: Iterable[str]) -> Protection:
    """Name the branches and tags that only administrators change, all of them anew; none at all is allowed.

    raises  RepoNotFound, Forbidden, BadPattern
    """
    repo = repo_for(actor, address, Need.ADMIN, lock=True)
    before, wanted = protection_of(repo).patterns, _checked(patterns)
    if wanted != before:
        repo.settings = {**repo.settings, SETTING: list(wanted)}
        repo.save(update_fields=["settings"])
        record(actor, "repo.protected", repo.address, before=list(before), after=list(wanted))
    return protection_of(repo)


def _checked(patterns: Iterable[str]) -> tuple[str, ...]:
    """Return patterns in their stored form: trimmed, each once, branches by their short names."""
    wanted = tuple(
        dict.fromkeys(pattern.strip().removeprefix(BRANCHES) for pattern in patterns if pattern.strip())
    )
    if len(wanted) > PATTERNS_LIMIT:
        raise BadPattern(_("At most %(limit)s patterns can be kept.") % {"limit": PATTERNS_LIMIT})
    for pattern in wanted:
        is_of_tags = pattern.startswith(TAGS) and pattern != TAGS
        if (
            not PATTERN.fullmatch(pattern)
            or not pattern.isprintable()
            or (pattern.startswith("refs/") and not is_of_tags)
        ):
            words = _("%(pattern)s is not a pattern of branches (main, release/*) or tags (refs/tags/v*).")
            raise BadPattern(words % {"pattern": pattern[:100]}, pattern=pattern[:100])
    return wanted


def check_protected(actor: Actor, repo: Repo, git: GitRepo, moves: Sequence[RefMove]) -> None:
    """Refuse moves of refs that are for administrators, if the actor is none.

    git     the repository together with the objects that the moves lead to
    raises  Forbidden
    """
    if not moves or may(actor, Need.ADMIN, repo):
        return
    protection = protection_of(repo)
    for move in moves:
        words = _refused(protection, git, move)
        if words:
            raise Forbidden(words % {"ref": move.ref}, ref=move.ref)


def _refused(protection: Protection, git: GitRepo, move: RefMove) -> str:
    """Return why somebody who is no administrator may not make a move, or nothing."""
    if protection.covers(move.ref):
        return _("%(ref)s is protected: only administrators of this repository change it.")
    if move.ref.startswith(BRANCHES) and move.old is not None:
        if move.new is None:
            return _("Only administrators of this repository delete branches: %(ref)s.")
        if not git.leads_to(move.new, move.old):
            return _("Only administrators of this repository replace the history of a branch: %(ref)s.")
    return ""
