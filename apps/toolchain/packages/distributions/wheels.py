"""Wheels: zip archives that every installer must read in the same way.

A reader may trust the central directory, another the local headers: an archive where these differ, overlap or
leave gaps is refused, so that what was checked is what is installed.
"""

from __future__ import annotations

import csv
import io
import stat
import struct
import zipfile
import zlib
from typing import BinaryIO

from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from ..errors import BadDistribution
from ..names import project_key
from .limits import METADATA_LIMIT_BYTES, Budget, check_name, shown

LOCAL_HEADER = struct.Struct("<4sHHHHHIIIHH")
END_RECORD = struct.Struct("<4sHHHHIIH")
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED, DESCRIPTOR = 0x1, 0x8
RECORD_LIMIT_BYTES = 16 << 20
# not listed in RECORD by their specification
SIGNATURES = ("RECORD", "RECORD.jws", "RECORD.p7s")
ARCHIVE_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
)


def wheel_name(filename: str) -> tuple[str, str, str]:
    """Return normalized name, normalized version and Python tag of a wheel's filename.

    raises  BadDistribution
    """
    try:
        name, version, _build, tags = parse_wheel_filename(filename)
    except InvalidWheelFilename as error:
        raise BadDistribution(f"The filename is not that of a wheel: {str(error)[:200]}") from None
    return str(name), str(version), ".".join(sorted({tag.interpreter for tag in tags}))[:60]


def read_metadata(file: BinaryIO, size: int, filename: str) -> bytes:
    """Return the METADATA of a wheel after checking the whole archive.

    raises  BadDistribution
    """
    try:
        with zipfile.ZipFile(file) as archive:
            entries = _checked_entries(archive, file, size)
            folder = _info_folder(entries, filename)
            _check_record(archive, entries, folder)
            return _read(archive, f"{folder}/METADATA", METADATA_LIMIT_BYTES)
    except ARCHIVE_ERRORS as error:
        raise BadDistribution(f"The file is not a valid zip archive: {str(error)[:200]}") from None


def _checked_entries(archive: zipfile.ZipFile, file: BinaryIO, size: int) -> dict[str, zipfile.ZipInfo]:
    budget, found = Budget(size), dict[str, zipfile.ZipInfo]()
    for entry in archive.infolist():
        check_name(entry.filename)
        if entry.filename in found or f"{entry.filename}/" in found or entry.filename.rstrip("/") in found:
            raise BadDistribution(f"The archive has two entries of one name: {shown(entry.filename)}.")
        mode = entry.external_attr >> 16
        if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise BadDistribution(f"The archive has a link or a device: {shown(entry.filename)}.")
        if entry.flag_bits & ENCRYPTED or entry.compress_type not in METHODS:
            raise BadDistribution(f"The archive has an entry that pip can't read: {shown(entry.filename)}.")
        budget.spend(entry.filename, entry.file_size)
        found[entry.filename] = entry
    _check_places(archive, file, size)
    return found


def _check_places(archive: zipfile.ZipFile, file: BinaryIO, size: int) -> None:
    """Check that the local entries fill the archive up to its directory, in any order, and say the same."""
    end = 0
    for entry in sorted(archive.infolist(), key=lambda one: one.header_offset):
        if entry.header_offset != end:
            raise BadDistribution(f"The archive has a gap or an overlap before {shown(entry.filename)}.")
        end = _end_of(file, entry)
    if end != archive.start_dir:
        raise BadDistribution("The archive has data that belongs to no entry.")
    file.seek(0)
    file.seek(max(0, size - END_RECORD.size - len(archive.comment)))
    record = file.read(END_RECORD.size)
    if len(record) < END_RECORD.size or record[:4] != b"PK\5\6":
        raise BadDistribution("The archive has data behind its end.")


def _end_of(file: BinaryIO, entry: zipfile.ZipInfo) -> int:
    """Return where the next local entry starts.

    source  APPNOTE.TXT 4.3.7 and 4.3.9
    """
    file.seek(entry.header_offset)
    header = LOCAL_HEADER.unpack(file.read(LOCAL_HEADER.size))
    name = file.read(header[9])
    if header[0] != b"PK\3\4" or name != entry.orig_filename.encode(
        "utf-8" if header[2] & 0x800 else "cp437"
    ):
        raise BadDistribution(f"The archive names an entry in two ways: {shown(entry.filename)}.")
    end: int = entry.header_offset + LOCAL_HEADER.size + header[9] + header[10] + entry.compress_size
    return end + _descriptor_bytes(file, end, entry) if header[2] & DESCRIPTOR else end


def _descriptor_bytes(file: BinaryIO, end: int, entry: zipfile.ZipInfo) -> int:
    """Return the length of a data descriptor: with a signature or not, with sizes of 4 or 8 bytes."""
    file.seek(end)
    data = file.read(24)
    for signature in (b"PK\7\b", b""):
        for form in ("<III", "<IQQ"):
            expected = signature + struct.pack(form, entry.CRC, entry.compress_size, entry.file_size)
            if data.startswith(expected):
                return len(expected)
    raise BadDistribution(f"The archive describes an entry in two ways: {shown(entry.filename)}.")


def _info_folder(entries: dict[str, zipfile.ZipInfo], filename: str) -> str:
    """Return the one .dist-info folder, which has the name and version of the file."""
    folders = {name.partition("/")[0] for name in entries}
    found = [one for one in folders if one.lower().endswith(".dist-info")]
    if len(found) != 1:
        raise BadDistribution("A wheel has exactly one .dist-info folder.")
    name, _dash, version = found[0].removesuffix(".dist-info").partition("-")
    own_name, own_version = filename.split("-")[:2]
    if (project_key(name), version) != (project_key(own_name), own_version):
        raise BadDistribution(f"The folder {shown(found[0])} does not match the filename.")
    for needed in ("METADATA", "WHEEL", "RECORD"):
        if f"{found[0]}/{needed}" not in entries:
            raise BadDistribution(f"The wheel has no {needed}.")
    return found[0]


def _check_record(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo], folder: str) -> None:
    """Check that RECORD lists what the archive contains: some installers trust one, some the other."""
    text = _read(archive, f"{folder}/RECORD", RECORD_LIMIT_BYTES).decode("utf-8", errors="replace")
    try:
        listed = {row[0] for row in csv.reader(io.StringIO(text)) if row}
    except csv.Error:
        raise BadDistribution("The RECORD of the wheel can't be read.") from None
    unlisted = {f"{folder}/{name}" for name in SIGNATURES}
    contained = {name for name in entries if not name.endswith("/")}
    if wrong := sorted((contained - unlisted) ^ (listed - unlisted)):
        raise BadDistribution(f"The RECORD of the wheel does not match its contents: {shown(wrong[0])}.")


def _read(archive: zipfile.ZipFile, name: str, limit_bytes: int) -> bytes:
    if archive.getinfo(name).file_size > limit_bytes:
        raise BadDistribution(f"{shown(name)} is larger than {limit_bytes >> 20} MiB.")
    with archive.open(name) as file:
        data = file.read(limit_bytes + 1)
    if len(data) > limit_bytes:
        raise BadDistribution(f"{shown(name)} is larger than {limit_bytes >> 20} MiB.")
    return data
