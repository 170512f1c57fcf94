"""Folder listings with storage and last commit of each entry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import pygit2

from apps.registry.blobs.selectors import objects_for
from apps.registry.gitstore import Entry, GitRepo
from apps.registry.repos.links import Links
from apps.registry.repos.models import Repo

from ..selectors.changes import last_commits as last_commits_of

PAGE_ENTRIES = 500
LINK_MODE, SUBMODULE_MODE = 0o120000, 0o160000
LastCommit = tuple[str, str, datetime]


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of a folder.

    storage  "", LFS or Xet
    mark     link (a symbolic link) or submodule (has no page)
    """

    name: str
    href: str
    is_folder: bool
    size: int | None = None
    storage: str = ""
    download: str = ""
    message: str = ""
    message_href: str = ""
    at: datetime | None = None
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """after: last path of this page, empty on the last page"""

    rows: list[Row]
    after: str = ""


def listing_of(repo: Repo, git: GitRepo, sha: str, path: str, links: Links, after: str = "") -> Listing:
    """Return a page of a folder, subfolders first.

    raises  EntryNotFound if the folder does not exist
    """
    found = list(islice(git.tree(sha, path, after=after), PAGE_ENTRIES + 1))
    entries = found[:PAGE_ENTRIES]
    last = last_commits(git, sha, path, entries)
    large = [entry.pointer.oid for entry in entries if entry.pointer]
    held = objects_for(repo.pk, large) if large else {}
    is_xet = {oid for oid, one in held.items() if one.xet_hash}
    rows = [
        _row(entry, links, last.get(entry.path), is_xet)
        for entry in sorted(entries, key=lambda one: one.is_file)
    ]
    rows += [] if after else submodules_of(git, sha, path)
    return Listing(rows, entries[-1].path if len(found) > PAGE_ENTRIES else "")


def submodules_of(git: GitRepo, sha: str, path: str) -> list[Row]:
    """Return the submodules in a folder with their commits."""
    found = git.git[git.entry(sha, path).oid]
    children = (
        islice((one for one in found if int(one.filemode) == SUBMODULE_MODE), PAGE_ENTRIES)
        if isinstance(found, pygit2.Tree)
        else ()
    )
    return [Row(f"{one.name} @ {str(one.id)[:7]}", "", False, mark="submodule") for one in children]


def last_commits(git: GitRepo, sha: str, path: str, entries: list[Entry]) -> dict[str, LastCommit]:
    """Return the last commit of each entry by path, as (sha, title, date)."""
    found = last_commits_of(git, sha, [entry.path for entry in entries], under=path)
    return {place: (commit.sha, commit.title, commit.date) for place, commit in found.items()}


def _row(entry: Entry, links: Links, last: LastCommit | None, is_xet: set[str]) -> Row:
    sha, title, at = last or ("", "", None)
    facts = {"message": title, "message_href": links.commit(sha) if sha else "", "at": at}
    if not entry.is_file:
        return Row(entry.name, links.at("tree", entry.path), True, **facts)  # type: ignore[arg-type]
    href = links.at("blob", entry.path)
    if entry.mode == LINK_MODE:
        return Row(entry.name, href, False, mark="link", **facts)  # type: ignore[arg-type]
    storage = ("Xet" if entry.pointer.oid in is_xet else "LFS") if entry.pointer else ""
    download = f"{links.at('resolve', entry.path)}?download=true"
    return Row(entry.name, href, False, entry.size, storage, download, **facts)  # type: ignore[arg-type]
