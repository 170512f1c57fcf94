"""Files of the upstream index: fetched once, verified, kept."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.db import transaction

from apps.core.errors import TooLarge
from apps.core.objects.errors import WrongBytes
from apps.core.objects.folders import StoredObject

from ..errors import UpstreamNotFound, UpstreamUnavailable, UpstreamWrong
from ..folders import UPSTREAM
from ..models import UpstreamFile, UpstreamPage
from .pages import listed_files
from .reading import METADATA, blocks_of, opened

log = structlog.get_logger(__name__)


def file_of(page: UpstreamPage, filename: str) -> UpstreamFile:
    """Return a file of a page, or the metadata of one; it is fetched if it is not kept yet.

    raises  UpstreamNotFound, UpstreamUnavailable, UpstreamWrong if it has another hash than the page says
    """
    url, sha256, size = _announced(page, filename)
    kept = UpstreamFile.objects.filter(page=page, filename=filename, sha256=sha256).first()
    if kept is not None and UPSTREAM.exists(sha256):
        return kept
    stored = _fetch(url, sha256, size)
    with transaction.atomic():
        UPSTREAM.keep(sha256)
        return UpstreamFile.objects.update_or_create(
            page=page, filename=filename, defaults={"sha256": stored.sha256, "size": stored.size}
        )[0]


def _announced(page: UpstreamPage, filename: str) -> tuple[str, str, int | None]:
    """Return URL, SHA-256 and size of a file as the page lists it."""
    name = filename.removesuffix(METADATA)
    file = next((one for one in listed_files(page) if one.filename == name), None)
    if file is None:
        raise UpstreamNotFound
    if name == filename:
        return file.url, file.sha256, file.size
    if not file.metadata:
        raise UpstreamNotFound
    return f"{file.url.partition('#')[0]}{METADATA}", file.metadata, None


def _fetch(url: str, sha256: str, size: int | None) -> StoredObject:
    limit = settings.PACKAGE_FILE_LIMIT_BYTES if size is None else size
    if limit > settings.PACKAGE_FILE_LIMIT_BYTES:
        raise TooLarge(limit_bytes=settings.PACKAGE_FILE_LIMIT_BYTES)
    try:
        with opened(url, {"Accept-Encoding": "identity"}) as response:
            if response.status_code == 404:
                raise UpstreamNotFound
            if response.status_code != 200:
                raise UpstreamUnavailable
            return UPSTREAM.put(blocks_of(response), limit_bytes=limit, sha256=sha256)
    except (WrongBytes, TooLarge):
        log.error("upstream.wrong_bytes", url=url, sha256=sha256)
        raise UpstreamWrong from None
