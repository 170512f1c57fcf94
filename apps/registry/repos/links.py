"""Addresses of a repository's pages; revisions and paths are percent-encoded once, as the converters read them."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from .addresses import Address


@dataclass(frozen=True, slots=True)
class Links:
    """Pages of one repository at one revision.

    revision  a branch, tag or sha
    """

    address: Address
    revision: str

    @property
    def home(self) -> str:
        return f"/{self.address.path}"

    def page(self, word: str) -> str:
        """Return the page of a word that needs no revision: settings, jobs, lineage, …"""
        return f"{self.home}/{word}"

    def at(self, word: str, path: str = "") -> str:
        """Return the page of a word at the revision: tree, blob, resolve, raw, commits, edit, new, upload, delete."""
        rest = f"/{quote(path, safe='/')}" if path else ""
        return f"{self.home}/{word}/{quote(self.revision, safe='')}{rest}"

    def commit(self, sha: str) -> str:
        return f"{self.home}/commit/{sha}"

    def compare(self, base: str, head: str, way: str = "...") -> str:
        """Return the page that compares two revisions: `...` since they parted, `..` as they stand."""
        return f"{self.home}/compare/{quote(base, safe='')}{way}{quote(head, safe='')}"

    def archive(self, revision: str) -> str:
        """Return the address of all files of a revision in one."""
        return f"{self.home}/archive/{quote(revision, safe='')}.tar"

    def to(self, revision: str) -> Links:
        return Links(self.address, revision)
