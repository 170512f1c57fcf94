"""Checks of the objects in a push."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import pygit2
from django.conf import settings

from apps.registry.gitstore import BadPath, GitRepo
from apps.registry.gitstore.expansion import Expansions
from apps.registry.gitstore.paths import check_pushed_path
from apps.registry.gitstore.pointers import POINTER_LIMIT_BYTES, parse_pointer
from apps.registry.gitstore.portability import name_problems
from apps.registry.gitstore.quarantine import NewObject
from apps.registry.gitstore.trees import CHILD, SUBMODULE_MODE, canonical_mode

from ..errors import CommitRefused
from ..revision_limits import check_expansion
from .checks import WEIGHTS, read_weights
from .warnings import Warnings

NAMED_LIMIT = 10
# of a commit or tag object
METADATA_LIMIT_BYTES = 1 << 20


@dataclass(slots=True)
class PushedObjects:
    """Totals of the new objects.

    pointers  sha256 of a large file -> (path, bytes)
    """

    regular_bytes: int = 0
    pointers: dict[str, tuple[str, int]] = field(default_factory=dict)
    warnings: Warnings = field(default_factory=Warnings)

    @property
    def large(self) -> list[tuple[str, int]]:
        """The large files (sha256, bytes)."""
        return [(oid, size) for oid, (_path, size) in self.pointers.items()]


def check_objects(git: GitRepo, objects: Iterable[NewObject]) -> PushedObjects:
    """Check the sizes, names and safetensors headers of new objects, and the expanded size of new folders.

    raises  CommitRefused, BadPath, TooManyFiles, FolderTooLarge
    """
    pushed, too_large, expansions = PushedObjects(), [], Expansions(git.git)
    for one in objects:
        path = check_pushed_path(one.path) if one.path else ""
        if one.kind == "tree":
            check_expansion(git, one.oid, expansions)
            _check_folder(git, one.oid, path, pushed.warnings)
        elif one.kind in ("commit", "tag"):
            _check_metadata(git, one)
        elif one.kind == "blob":
            pushed.regular_bytes += one.size
            if one.size > settings.REGULAR_FILE_LIMIT_BYTES:
                too_large.append(f"{path} ({one.size / (1 << 20):.1f} MiB)")
            else:
                _add_blob(git, one, path, pushed)
        if len(too_large) >= NAMED_LIMIT:
            break
    if too_large:
        raise CommitRefused(_advice(too_large))
    return pushed


def _check_metadata(git: GitRepo, one: NewObject) -> None:
    """Check that a commit or tag is small, and that libgit2 can read it: it is stricter than git."""
    if one.size > METADATA_LIMIT_BYTES:
        raise CommitRefused(f"{one.kind} {one.oid} is larger than {METADATA_LIMIT_BYTES >> 20} MiB.")
    try:
        git.git[one.oid]
    except (KeyError, ValueError, pygit2.GitError):
        raise CommitRefused(f"The author or date of {one.kind} {one.oid} cannot be read.") from None


def _add_blob(git: GitRepo, one: NewObject, path: str, pushed: PushedObjects) -> None:
    pointer = parse_pointer(git.read(one.oid)) if 100 < one.size <= POINTER_LIMIT_BYTES else None
    if pointer:
        pushed.pointers[pointer.oid] = (path, pointer.size)
    elif path.endswith(WEIGHTS):
        data = git.read(one.oid)
        sums = read_weights(path, lambda start, end: data[start:end], len(data))
        pushed.warnings.add_weights(path, sums)


def _check_folder(git: GitRepo, oid: str, path: str, warnings: Warnings) -> None:
    """Check the names in a folder, and warn of those that some computers cannot store."""
    prefix = f"{path}/".encode() if path else b""
    names = []
    for mode, name, _child in CHILD.findall(git.git.odb.read(oid)[1]):
        whole = check_pushed_path(prefix + name)
        if canonical_mode(mode) == SUBMODULE_MODE and mode != b"160000":
            raise BadPath(f"{whole} has an unsupported mode: {mode[:20].decode()}.")
        names.append(name.decode())
    warnings.add_names(name_problems(path, names))


def _advice(too_large: list[str]) -> str:
    limit = settings.REGULAR_FILE_LIMIT_BYTES >> 20
    return (
        f"Files above {limit} MiB must be stored with Git LFS: {', '.join(too_large)}. "
        'Run git lfs install, git lfs track "*.ext" and git lfs migrate import --include="*.ext", '
        "then push again."
    )
