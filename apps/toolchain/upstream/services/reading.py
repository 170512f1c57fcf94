"""Requests to the upstream index, and its pages as untrusted input."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import structlog
from django.conf import settings
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)

from ..errors import UpstreamUnavailable, UpstreamWrong

log = structlog.get_logger(__name__)
ACCEPT = "application/vnd.pypi.simple.v1+json"
PAGE_LIMIT_BYTES, FILES_LIMIT = 64 << 20, 50_000
CONNECT_SECONDS, READ_SECONDS, FILE_SECONDS = 5, 30, 1800
BLOCK_BYTES = 1 << 20
METADATA = ".metadata"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file as the upstream lists it.

    url       absolute
    size      None if it is not listed
    metadata  SHA-256 of its metadata, empty without one
    """

    filename: str
    url: str
    sha256: str
    size: int | None = None
    upload_time: str = ""
    requires_python: str = ""
    yanked: bool | str = False
    metadata: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@contextmanager
def opened(url: str, headers: dict[str, str] | None = None) -> Iterator[requests.Response]:
    """Request a URL of the upstream; redirects are not followed.

    raises  UpstreamUnavailable, UpstreamWrong for a redirect
    """
    try:
        with requests.get(
            url,
            headers={"User-Agent": "banyan", **(headers or {})},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        ) as response:
            if response.is_redirect:
                raise UpstreamWrong("The upstream index redirects. Set PACKAGES_UPSTREAM to its own address.")
            if response.status_code >= 500 or response.status_code == 429:
                raise UpstreamUnavailable
            yield response
    except (requests.RequestException, OSError) as error:
        log.warning("upstream.unreachable", url=url, error=str(error))
        raise UpstreamUnavailable from None


def read_page(key: str, tag: str) -> tuple[int, str, list[ListedFile]]:
    """Return the status (200, 304 or 404), the entity tag and the files of a project's page.

    raises  UpstreamUnavailable, UpstreamWrong
    """
    url = f"{settings.PACKAGES_UPSTREAM}/{key}/"
    with opened(url, {"Accept": ACCEPT, **({"If-None-Match": tag} if tag else {})}) as response:
        if response.status_code in (304, 404):
            return response.status_code, tag, []
        if response.status_code != 200 or not response.headers.get("Content-Type", "").startswith(ACCEPT):
            raise UpstreamWrong("The upstream index does not send the JSON form of the simple API.")
        content = response.raw.read(PAGE_LIMIT_BYTES + 1, decode_content=True)
        new_tag = response.headers.get("ETag", "")[:300]
    if len(content) > PAGE_LIMIT_BYTES:
        raise UpstreamWrong("The page of the upstream index is too large.")
    return 200, new_tag, parse_page(content, key=key, url=url)


def parse_page(content: bytes, *, key: str, url: str) -> list[ListedFile]:
    """Return the files of a page that can be verified and are of the project; others are left out.

    raises  UpstreamWrong
    """
    try:
        page = json.loads(content)
        listed = page["files"] if page.get("project-status", {}).get("status") != "quarantined" else []
        found = [_file(one, key, url) for one in listed[:FILES_LIMIT]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UpstreamWrong("The page of the upstream index can't be read.") from None
    return [one for one in found if one is not None]


def _file(one: dict[str, Any], key: str, page_url: str) -> ListedFile | None:
    filename, sha256 = str(one["filename"]), str(one.get("hashes", {}).get("sha256", ""))
    url, size = urljoin(page_url, str(one["url"])), one.get("size")
    if key_of(filename) != key or not _is_hash(sha256) or urlsplit(url).scheme not in _schemes():
        return None
    metadata = one.get("core-metadata") or one.get("dist-info-metadata") or {}
    digest = str(metadata.get("sha256", "")) if isinstance(metadata, dict) else ""
    yanked = one.get("yanked", False)
    return ListedFile(
        filename=filename,
        url=url,
        sha256=sha256,
        size=size if isinstance(size, int) and size >= 0 else None,
        upload_time=str(one.get("upload-time") or "")[:40],
        requires_python=str(one.get("requires-python") or "")[:200],
        yanked=yanked[:300] if isinstance(yanked, str) else bool(yanked),
        metadata=digest if _is_hash(digest) else "",
    )


def _schemes() -> tuple[str, ...]:
    return ("https",) if settings.PACKAGES_UPSTREAM.startswith("https:") else ("http", "https")


def _is_hash(text: str) -> bool:
    return len(text) == 64 and all(letter in "0123456789abcdef" for letter in text)


def key_of(filename: str) -> str:
    """Return the normalized project name in a filename, empty if it is no distribution's."""
    if len(filename) > 255 or "/" in filename or "\\" in filename:
        return ""
    try:
        if filename.endswith(".whl"):
            return str(parse_wheel_filename(filename)[0])
        return str(parse_sdist_filename(filename)[0])
    except (InvalidWheelFilename, InvalidSdistFilename):
        return ""


def blocks_of(response: requests.Response) -> Iterator[bytes]:
    """Yield the body of a response as it was sent, within the time for a file.

    raises  UpstreamUnavailable
    """
    end = time.monotonic() + FILE_SECONDS
    while block := response.raw.read(BLOCK_BYTES, decode_content=False):
        if time.monotonic() > end:
            raise UpstreamUnavailable("The upstream index is too slow.")
        yield block
