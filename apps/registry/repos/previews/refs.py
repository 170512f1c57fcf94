"""Branches and tags as pages list them: the newest first, each with its commit and its distance."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote
from typing import Any

import pygit2

from apps.registry.gitstore import CommitInfo, GitRepo, Ref
from apps.registry.gitstore.messages import decode_text

from ..links import Links
from ..models import Repo
from ..selectors.files import account_of
from ..services.protection import protection_of
from .history import Distance, distances

PAGE_REFS = 25
# beyond this many, refs stand in the order of their names: reading the time of each would cost too much
DATED_LIMIT = 3_000
MESSAGE_LIMIT_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class RefRow:
    """One branch or tag.

    apart    distance from the default branch, None if it is not known
    message  of a tag that has one, with `by`: who made it
    """

    name: str
    sha: str
    commit: CommitInfo
    account: str
    links: Links
    is_default: bool = False
    is_protected: bool = False
    apart: Distance | None = None
    message: str = ""
    by: str = ""
    compared: str = ""

    @property
    def tree(self) -> str:
        return self.links.at("tree")

    @property
    def archive(self) -> str:
        return self.links.archive(self.name)

    @property
    def who(self) -> str:
        return self.by or self.commit.author

    @property
    def quoted(self) -> str:
        """The name as a shell reads it."""
        return quote(self.name)


@dataclass(frozen=True, slots=True)
class RefPage:
    """count: how many fit the search, on all pages"""

    rows: list[RefRow]
    count: int


def branches_of(repo: Repo, git: GitRepo, *, search: str = "", first: int = 0) -> RefPage:
    """Return a page of branches: the default one, then those with the newest commits."""
    found = _found(git, git.refs().branches, search)
    found.sort(key=lambda ref: ref.name != repo.default_branch)
    shown, protection = found[first : first + PAGE_REFS], protection_of(repo)
    head = git.target(f"refs/heads/{repo.default_branch}")
    apart = distances(git, head, {ref.target for ref in shown}) if head else {}
    rows = []
    for ref in shown:
        commit, is_default = git.commit(ref.target), ref.name == repo.default_branch
        facts = {
            "is_default": is_default,
            "is_protected": protection.covers(ref.ref),
            "apart": apart.get(ref.target),
        }
        rows.append(_row(repo, ref, commit, **facts))
    return RefPage(rows, len(found))


def tags_of(repo: Repo, git: GitRepo, *, search: str = "", first: int = 0) -> RefPage:
    """Return a page of tags, those of the newest commits first."""
    found, protection = _found(git, git.refs().tags, search), protection_of(repo)
    rows = []
    for ref in found[first : first + PAGE_REFS]:
        commit, (message, by) = git.commit(ref.target), _words_of(git, ref)
        facts = {"is_protected": protection.covers(ref.ref), "message": message, "by": by}
        rows.append(_row(repo, ref, commit, **facts))
    return RefPage(rows, len(found))


def _row(repo: Repo, ref: Ref, commit: CommitInfo, **facts: Any) -> RefRow:
    links = Links(repo.address, ref.name)
    return RefRow(
        ref.name,
        ref.target,
        commit,
        account_of(commit),
        links,
        compared=links.compare(repo.default_branch, ref.name),
        **facts,
    )


def _found(git: GitRepo, refs: list[Ref], search: str) -> list[Ref]:
    fitting = [ref for ref in refs if search.casefold() in ref.name.casefold()]
    if len(fitting) > DATED_LIMIT:
        return fitting
    return sorted(fitting, key=lambda ref: git.commit(ref.target).date, reverse=True)


def _words_of(git: GitRepo, ref: Ref) -> tuple[str, str]:
    """Return the message of a tag and who made it; nothing if it is only a name."""
    found = git.git.get(git.raw_target(ref.ref))
    if not isinstance(found, pygit2.Tag):
        return "", ""
    message = decode_text(found.raw_message or b"").partition("-----BEGIN")[0].strip()
    return message[:MESSAGE_LIMIT_CHARACTERS], decode_text(found.tagger.raw_name) if found.tagger else ""
