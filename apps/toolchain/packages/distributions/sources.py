"""Source archives: gzipped tar files with one folder and its PKG-INFO."""

from __future__ import annotations

import posixpath
import tarfile
import zlib
from typing import BinaryIO

from packaging.utils import InvalidSdistFilename, parse_sdist_filename

from ..errors import BadDistribution
from ..names import project_key
from .limits import METADATA_LIMIT_BYTES, Budget, check_name, shown

ARCHIVE_ERRORS = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, OverflowError, RecursionError)


def source_name(filename: str) -> tuple[str, str]:
    """Return normalized name and normalized version of a source archive's filename.

    raises  BadDistribution
    """
    if not filename.endswith(".tar.gz"):
        raise BadDistribution("A source distribution is a .tar.gz file.")
    try:
        name, version = parse_sdist_filename(filename)
    except InvalidSdistFilename as error:
        raise BadDistribution(f"The filename is not that of a source archive: {str(error)[:200]}") from None
    return str(name), str(version)


def read_metadata(file: BinaryIO, size: int, filename: str) -> bytes:
    """Return the PKG-INFO of a source archive after checking all its entries.

    raises  BadDistribution
    """
    try:
        with tarfile.open(fileobj=file, mode="r:gz") as archive:
            return _read(archive, size, filename)
    except ARCHIVE_ERRORS as error:
        raise BadDistribution(f"The file is not a valid tar.gz archive: {str(error)[:200]}") from None


def _read(archive: tarfile.TarFile, size: int, filename: str) -> bytes:
    budget, seen, metadata, folders = Budget(size), set[str](), None, set[str]()
    for entry in archive:
        check_name(entry.name)
        _check_kind(entry)
        if entry.name in seen:
            raise BadDistribution(f"The archive has two entries of one name: {shown(entry.name)}.")
        budget.spend(entry.name, entry.size)
        seen.add(entry.name)
        folder, _slash, rest = entry.name.partition("/")
        folders.add(folder)
        if rest == "PKG-INFO" and entry.isfile():
            metadata = _content(archive, entry)
    _check_folder(folders, filename)
    if metadata is None:
        raise BadDistribution("The archive has no PKG-INFO.")
    return metadata


def _check_kind(entry: tarfile.TarInfo) -> None:
    if entry.issym():
        target = posixpath.normpath(posixpath.join(posixpath.dirname(entry.name), entry.linkname))
        is_inside = target.partition("/")[0] == entry.name.partition("/")[0]
        if entry.linkname.startswith("/") or "\\" in entry.linkname or not is_inside:
            raise BadDistribution(f"The archive has a link that leaves it: {shown(entry.name)}.")
    elif not (entry.isfile() or entry.isdir()):
        raise BadDistribution(f"The archive has a hard link or a device: {shown(entry.name)}.")


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    if entry.size > METADATA_LIMIT_BYTES:
        raise BadDistribution(f"PKG-INFO is larger than {METADATA_LIMIT_BYTES >> 20} MiB.")
    file = archive.extractfile(entry)
    return file.read() if file else b""


def _check_folder(folders: set[str], filename: str) -> None:
    stem = filename.removesuffix(".tar.gz")
    if len(folders) != 1:
        raise BadDistribution("A source archive has exactly one folder.")
    own_name, _dash, own_version = stem.rpartition("-")
    name, _dash, version = folders.pop().rpartition("-")
    if (project_key(name), version) != (project_key(own_name), own_version):
        raise BadDistribution(f"The folder of the archive is not {shown(stem)}.")
