"""URLs of a repository's pages; revisions and paths are percent-encoded as the converters expect."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from .addresses import Address


@dataclass(frozen=True, slots=True)
class Links:
    """Pages of one repository at one revision: a branch, tag or commit."""

    address: Address
    revision: str

    @property
    def home(self) -> str:
        return f"/{self.address.path}"

    def page(self, word: str) -> str:
        """Return the URL of a page without a revision: settings, jobs, lineage, …"""
        return f"{self.home}/{word}"

    def at(self, word: str, path: str = "") -> str:
        """Return the URL of a page at the revision: tree, blob, resolve, raw, commits, edit, upload, …"""
        rest = f"/{quote(path, safe='/')}" if path else ""
        return f"{self.home}/{word}/{quote(self.revision, safe='')}{rest}"

    def commit(self, sha: str) -> str:
        return f"{self.home}/commit/{sha}"

    def compare(self, base: str, head: str, way: str = "...") -> str:
        """Return the URL of a comparison: `...` since the common ancestor, `..` directly."""
        return f"{self.home}/compare/{quote(base, safe='')}{way}{quote(head, safe='')}"

    def archive(self, revision: str) -> str:
        """Return the URL of a tar archive of a revision."""
        return f"{self.home}/archive/{quote(revision, safe='')}.tar"

    def to(self, revision: str) -> Links:
        return Links(self.address, revision)
