"""Pages of the upstream index: asked for at most every some minutes, kept for when it is away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from ..errors import UpstreamUnavailable
from ..models import UpstreamPage
from .reading import ListedFile, read_page


def page_of(key: str) -> UpstreamPage | None:
    """Return the page of a project, None if the upstream does not have it or the site does not allow it.

    raises  UpstreamUnavailable if it is unknown here and the upstream does not answer, UpstreamWrong
    """
    if not settings.PACKAGES_UPSTREAM or not is_allowed(key):
        return None
    page = UpstreamPage.objects.filter(key=key).first()
    if page is None or page.checked_at < timezone.now() - timedelta(
        minutes=settings.PACKAGES_UPSTREAM_MINUTES
    ):
        page = _refreshed(key, page)
    return page if page.is_there else None


def is_allowed(key: str) -> bool:
    allowed = settings.PACKAGES_UPSTREAM_ALLOWED
    return not allowed or key in allowed


def _refreshed(key: str, page: UpstreamPage | None) -> UpstreamPage:
    """Ask the upstream; what is kept stays in use if it does not answer."""
    try:
        status, tag, files = read_page(key, page.tag if page else "")
    except UpstreamUnavailable:
        if page is None:
            raise
        return page
    page = page or UpstreamPage(key=key)
    page.checked_at = timezone.now()
    if status != 304:
        listed = [one.as_json() for one in files]
        page.serial += listed != page.files or page.is_there != (status == 200)
        page.is_there, page.tag, page.files = status == 200, tag, listed
    UpstreamPage.objects.update_or_create(
        key=key,
        defaults={
            "checked_at": page.checked_at,
            "is_there": page.is_there,
            "tag": page.tag,
            "files": page.files,
            "serial": page.serial,
        },
    )
    return UpstreamPage.objects.get(key=key)


def listed_files(page: UpstreamPage) -> list[ListedFile]:
    """Return the files of a page that are old enough to be offered."""
    files = [ListedFile(**one) for one in page.files]
    days = settings.PACKAGES_UPSTREAM_MIN_AGE_DAYS
    if not days:
        return files
    before = timezone.now() - timedelta(days=days)
    return [one for one in files if (moment := uploaded_at(one)) is not None and moment <= before]


def uploaded_at(file: ListedFile) -> datetime | None:
    """Return when a file was uploaded; None if the upstream does not say it."""
    try:
        moment = datetime.fromisoformat(file.upload_time.replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
