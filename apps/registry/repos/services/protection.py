"""Protected branches and tags, for pushes, commits and pages alike."""

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
from apps.users.accounts.access import token_refusal

from ..access import may, repo_for
from ..addresses import Address
from ..audit import RepoAction
from ..errors import BadPattern, Forbidden
from ..models import Repo

SETTING = "protected"
PATTERNS_LIMIT = 50
BRANCHES, TAGS = "refs/heads/", "refs/tags/"
PATTERN = re.compile(r"[^\x00-\x20\x7f~^:\[\\]{1,200}")


@dataclass(frozen=True, slots=True)
class Protection:
    """What only admins may do with the refs of a repository.

    Force-pushes and branch deletion are always admin-only, and the default branch cannot be deleted.

    default_branch  short name
    patterns        branches (`main`, `release/*`) and tags (`refs/tags/v*`) that only admins create, move or
                    delete; * matches anything, ? one character
    """

    default_branch: str
    patterns: tuple[str, ...] = ()

    def covers(self, ref: str) -> bool:
        """Return whether a pattern matches a ref, given by its full name."""
        return any(
            fnmatchcase(ref, pattern if pattern.startswith("refs/") else BRANCHES + pattern)
            for pattern in self.patterns
        )


def protection_of(repo: Repo) -> Protection:
    """Return the protection rules of a repository."""
    return Protection(repo.default_branch, tuple(repo.settings.get(SETTING, ())))


@transaction.atomic
def set_protection(*, actor: Actor, address: Address, patterns: Iterable[str]) -> Protection:
    """Replace the patterns of protected branches and tags; an empty list is allowed.

    raises  RepoNotFound, Forbidden, BadPattern
    """
    repo = repo_for(actor, address, Need.ADMIN, lock=True)
    before, wanted = protection_of(repo).patterns, _normalize(patterns)
    if wanted != before:
        repo.settings = {**repo.settings, SETTING: list(wanted)}
        repo.save(update_fields=["settings"])
        record(actor, RepoAction.REPO_PROTECTED, repo.address, before=list(before), after=list(wanted))
    return protection_of(repo)


def _normalize(patterns: Iterable[str]) -> tuple[str, ...]:
    """Return patterns in stored form: trimmed, unique, branches by their short names (raises BadPattern)."""
    wanted = tuple(
        dict.fromkeys(pattern.strip().removeprefix(BRANCHES) for pattern in patterns if pattern.strip())
    )
    if len(wanted) > PATTERNS_LIMIT:
        raise BadPattern(_("You can add at most %(limit)s patterns.") % {"limit": PATTERNS_LIMIT})
    for pattern in wanted:
        is_of_tags = pattern.startswith(TAGS) and pattern != TAGS
        if (
            not PATTERN.fullmatch(pattern)
            or not pattern.isprintable()
            or (pattern.startswith("refs/") and not is_of_tags)
        ):
            message = _(
                "%(pattern)s is not a valid pattern for branches (main, release/*) or tags (refs/tags/v*)."
            )
            raise BadPattern(message % {"pattern": pattern[:100]}, pattern=pattern[:100])
    return wanted


def check_protected(actor: Actor, repo: Repo, git: GitRepo, moves: Sequence[RefMove]) -> None:
    """Refuse admin-only ref moves by others (raises Forbidden, or TokenScope to an admin's token).

    git  the repository, including the objects that the moves lead to
    """
    if not moves or may(actor, Need.ADMIN, repo):
        return
    protection = protection_of(repo)
    for move in moves:
        reason = _refusal_reason(protection, git, move)
        if reason:
            words = reason % {"ref": move.ref}
            if may(actor.unlimited, Need.ADMIN, repo):
                raise token_refusal(actor, Need.ADMIN, repo.address.target, reason=words)
            raise Forbidden(words, ref=move.ref)


def _refusal_reason(protection: Protection, git: GitRepo, move: RefMove) -> str:
    """Return why only an admin may make a move, or an empty text."""
    if protection.covers(move.ref):
        return _("%(ref)s is protected. Only admins of this repository can change it.")
    if move.ref.startswith(BRANCHES) and move.old is not None:
        if move.new is None:
            return _("Only admins of this repository can delete branches: %(ref)s.")
        if not git.leads_to(move.new, move.old):
            return _("Only admins of this repository can force-push: %(ref)s.")
    return ""
