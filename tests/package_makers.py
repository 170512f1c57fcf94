"""Distributions and their uploads, for tests."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import tarfile
import zipfile
from collections.abc import Mapping

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.toolchain.packages.models import ProjectFile
from apps.toolchain.packages.services.upload import Upload, upload_file

METADATA = """\
Metadata-Version: 2.1
Name: {name}
Version: {version}
Summary: Counts trees
{more}
# Trees

It counts trees.
"""


def core_metadata(name: str, version: str, more: str = "") -> str:
    return METADATA.format(name=name, version=version, more=more)


def escaped(name: str) -> str:
    return name.lower().replace("-", "_")


def a_wheel(
    name: str = "trees",
    version: str = "1.0",
    *,
    files: Mapping[str, bytes] | None = None,
    metadata: str | None = None,
    tag: str = "py3-none-any",
    more: str = "",
) -> tuple[str, bytes]:
    """Return the filename and the bytes of a wheel."""
    folder = f"{escaped(name)}-{version}.dist-info"
    contents = {f"{escaped(name)}/__init__.py": b"COUNT = 3\n", **(files or {})}
    contents[f"{folder}/METADATA"] = (
        metadata if metadata is not None else core_metadata(name, version, more)
    ).encode()
    contents[f"{folder}/WHEEL"] = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n".encode()
    lines = [f"{path},sha256={_record_hash(data)},{len(data)}" for path, data in contents.items()]
    contents[f"{folder}/RECORD"] = "\n".join([*lines, f"{folder}/RECORD,,", ""]).encode()
    return f"{escaped(name)}-{version}-{tag}.whl", a_zip(contents)


def _record_hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def a_zip(contents: Mapping[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in contents.items():
            entry = zipfile.ZipInfo(path, (2026, 1, 31, 12, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return target.getvalue()


def an_sdist(
    name: str = "trees", version: str = "1.0", *, entries: list[tarfile.TarInfo] | None = None
) -> tuple[str, bytes]:
    """Return the filename and the bytes of a source archive."""
    folder = f"{escaped(name)}-{version}"
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for path, text in {
            "PKG-INFO": core_metadata(name, version),
            "pyproject.toml": "",
            "trees.py": "A = 1\n",
        }.items():
            entry = tarfile.TarInfo(f"{folder}/{path}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
        for entry in entries or []:
            archive.addfile(entry, io.BytesIO(b"x" * entry.size))
    return f"{folder}.tar.gz", gzip.compress(target.getvalue(), mtime=0)


def form_of(filename: str, data: bytes, **more: str | list[str]) -> dict:
    """Return the form in which twine sends a file."""
    stem = filename.removesuffix(".tar.gz").split("-")
    return {
        ":action": "file_upload",
        "protocol_version": "1",
        "metadata_version": "2.1",
        "name": stem[0],
        "version": stem[1],
        "filetype": "bdist_wheel" if filename.endswith(".whl") else "sdist",
        "pyversion": "py3" if filename.endswith(".whl") else "source",
        "sha256_digest": hashlib.sha256(data).hexdigest(),
        "blake2_256_digest": hashlib.blake2b(data, digest_size=32).hexdigest(),
        "content": SimpleUploadedFile(filename, data),
        **more,
    }


def basic(token: str, user: str = "__token__") -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{token}".encode()).decode()}


def send(client, token: str, file: tuple[str, bytes], **more):
    """Upload a file as twine does."""
    return client.post("/legacy/", form_of(*file, **more), headers=basic(token) if token else {})


def publish(actor, file: tuple[str, bytes] | None = None) -> ProjectFile:
    """Publish a file by the service."""
    filename, data = file or a_wheel()
    form = form_of(filename, data)
    fields = {name: [value] for name, value in form.items() if isinstance(value, str)}
    upload = Upload(
        file=io.BytesIO(data),
        filename=filename,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        fields=fields,
    )
    return upload_file(actor=actor, upload=upload)[0]
