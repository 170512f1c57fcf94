"""Writing many blobs at once by `git fast-import`, as one pack instead of as many loose files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from apps.core.disk_space import DiskFull, means_disk_full

from .children import feed_git
from .object_directory import ObjectDirectory

Content = bytes | Path
BLOCK_BYTES = 1 << 20
MARKS = "marks"


def import_blobs(folder: Path, contents: Sequence[Content]) -> list[str]:
    """Store contents in a bare repository and return their shas, in order; readers see all of them or none.

    git writes to an object directory that does not borrow the repository's, so it stores every blob anew:
    one that is there already may be old enough to be pruned before a ref leads to it.

    raises  DiskFull
    """
    with ObjectDirectory(folder) as directory, _no_crash_report(folder):
        marks = directory.root / MARKS
        done = feed_git(
            folder,
            *("-c", "fastimport.unpackLimit=1"),
            *("fast-import", "--quiet", "--done", "--depth=0", f"--export-marks={marks}"),
            blocks=_commands(contents),
            environment={"GIT_OBJECT_DIRECTORY": str(directory.root)},
        )
        if done.status:
            reason = done.errors.decode(errors="replace")
            raise DiskFull() if means_disk_full(reason) else RuntimeError(f"git fast-import failed: {reason}")
        shas = _read_marks(marks)
        directory.keep()
    return [shas[number] for number in range(1, len(contents) + 1)]


@contextmanager
def _no_crash_report(folder: Path) -> Iterator[None]:
    """Remove what fast-import writes into the repository when it fails."""
    try:
        yield
    except BaseException:
        for report in folder.glob("fast_import_crash_*"):
            report.unlink(missing_ok=True)
        raise


def _commands(contents: Sequence[Content]) -> Iterator[bytes]:
    for number, content in enumerate(contents, start=1):
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        yield b"blob\nmark :%d\ndata %d\n" % (number, size)
        yield from _blocks(content)
        yield b"\n"
    yield b"done\n"


def _blocks(content: Content) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while block := file.read(BLOCK_BYTES):
            yield block


def _read_marks(path: Path) -> dict[int, str]:
    """Read lines such as `:7 e69de29bb2d1d6434b8b29ae775ad8c2e48c5391`."""
    rows = (line[1:].split() for line in path.read_text().splitlines())
    return {int(number): sha for number, sha in rows}
