"""What a commit is accepted in spite of, told to whoever made it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils.translation import gettext as _

from apps.registry.formats.safetensors import TensorSums
from apps.registry.gitstore import GitRepo
from apps.registry.gitstore.paths import check_path
from apps.registry.gitstore.portability import NameProblems, name_problems

SHOWN_LIMIT, COUNT_LIMIT = 10, 1_000


class Warnings:
    """Distinct sentences, of which the first ten are told."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}

    def add(self, sentence: str) -> None:
        if len(self._found) < COUNT_LIMIT:
            self._found.setdefault(sentence)

    def add_weights(self, path: str, sums: TensorSums) -> None:
        """Warn of a malformed safetensors file."""
        if sums.problem:
            words = _("%(path)s is not a valid safetensors file: %(reason)s.")
            self.add(words % {"path": path, "reason": sums.problem})

    def add_names(self, problems: NameProblems) -> None:
        for sentence in name_warnings(problems):
            self.add(sentence)

    def sentences(self) -> list[str]:
        found = list(self._found)
        more = len(found) - SHOWN_LIMIT
        return found[:SHOWN_LIMIT] + ([_("%(count)s more warnings.") % {"count": more}] if more > 0 else [])


def name_warnings(problems: NameProblems) -> Iterator[str]:
    """Yield a sentence for each name that some computers cannot store."""
    for one, other in problems.clashes:
        words = _(
            "%(one)s and %(other)s are one name on Windows or macOS, which can check out only one of them."
        )
        yield words % {"one": one, "other": other}
    for path in problems.unportable:
        yield _("%(path)s cannot be checked out on Windows because of its name.") % {"path": path}


def added_name_problems(
    git: GitRepo, before: str | None, after: str, paths: Iterable[str]
) -> Iterator[NameProblems]:
    """Yield the problems of names that a commit adds.

    before, after  the parent and the commit
    paths          of the files that it adds or replaces
    """
    added: dict[str, set[str]] = {}
    for path in paths:
        parts = check_path(path).split("/")
        for depth, name in enumerate(parts):
            added.setdefault("/".join(parts[:depth]), set()).add(name)
    for folder, names in added.items():
        fresh = names.difference(git.names(before, folder)) if before else names
        if fresh:
            yield name_problems(folder, git.names(after, folder), fresh)
