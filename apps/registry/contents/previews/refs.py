"""Lists of branches and tags, newest first, with commit and distance."""

from __future__ import annotations

from dataclasses import dataclass
from shlex import quote
from typing import Any

import pygit2

from apps.registry.gitstore import CommitInfo, GitRepo, Ref
from apps.registry.gitstore.messages import decode_text
from apps.registry.repos.links import Links
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors.files import account_of
from apps.registry.repos.services.protection import protection_of

from .history import Distance, distances

PAGE_REFS = 25
# with more refs than this they are sorted by name: reading the date of each is too slow
DATED_LIMIT = 3_000
MESSAGE_LIMIT_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class RefRow:
    """A branch or tag.

    distance  from the default branch, None if unknown
    message   of an annotated tag; `tagger` made it
    """

    name: str
    sha: str
    commit: CommitInfo
    account: str
    links: Links
    is_default: bool = False
    is_protected: bool = False
    distance: Distance | None = None
    message: str = ""
    tagger: str = ""
    compare_href: str = ""

    @property
    def tree_href(self) -> str:
        return self.links.at("tree")

    @property
    def archive_href(self) -> str:
        return self.links.archive(self.name)

    @property
    def author(self) -> str:
        return self.tagger or self.commit.author

    @property
    def shell_name(self) -> str:
        """The name, quoted for a shell."""
        return quote(self.name)


@dataclass(frozen=True, slots=True)
class RefPage:
    """count: refs on all pages"""

    rows: list[RefRow]
    count: int


def branches_of(repo: Repo, git: GitRepo, *, search: str = "", first: int = 0) -> RefPage:
    """Return a page of branches: the default branch, then by newest commit."""
    found = _matching(git, git.refs().branches, search)
    found.sort(key=lambda ref: ref.name != repo.default_branch)
    shown, protection = found[first : first + PAGE_REFS], protection_of(repo)
    head = git.target(f"refs/heads/{repo.default_branch}")
    known = distances(git, head, {ref.target for ref in shown}) if head else {}
    rows = []
    for ref in shown:
        commit, is_default = git.commit(ref.target), ref.name == repo.default_branch
        facts = {
            "is_default": is_default,
            "is_protected": protection.covers(ref.ref),
            "distance": known.get(ref.target),
        }
        rows.append(_row(repo, ref, commit, **facts))
    return RefPage(rows, len(found))


def tags_of(repo: Repo, git: GitRepo, *, search: str = "", first: int = 0) -> RefPage:
    """Return a page of tags by newest commit."""
    found, protection = _matching(git, git.refs().tags, search), protection_of(repo)
    rows = []
    for ref in found[first : first + PAGE_REFS]:
        commit, (message, tagger) = git.commit(ref.target), _annotation_of(git, ref)
        facts = {"is_protected": protection.covers(ref.ref), "message": message, "tagger": tagger}
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
        compare_href=links.compare(repo.default_branch, ref.name),
        **facts,
    )


def _matching(git: GitRepo, refs: list[Ref], search: str) -> list[Ref]:
    matching = [ref for ref in refs if search.casefold() in ref.name.casefold()]
    if len(matching) > DATED_LIMIT:
        return matching
    return sorted(matching, key=lambda ref: git.commit(ref.target).date, reverse=True)


def _annotation_of(git: GitRepo, ref: Ref) -> tuple[str, str]:
    """Return message and tagger of an annotated tag, empty strings for a lightweight one."""
    found = git.git.get(git.raw_target(ref.ref))
    if not isinstance(found, pygit2.Tag):
        return "", ""
    message = decode_text(found.raw_message or b"").partition("-----BEGIN")[0].strip()
    return message[:MESSAGE_LIMIT_CHARACTERS], decode_text(found.tagger.raw_name) if found.tagger else ""
