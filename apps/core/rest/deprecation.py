"""Deprecated operations: announced in the document and in each of their responses.

source  RFC 9745 (Deprecation), RFC 8594 (Sunset)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from urllib.parse import urljoin

from django.conf import settings
from django.http.response import HttpResponseBase
from django.utils.http import http_date

View = TypeVar("View", bound=Callable[..., Any])
LEAST_DAYS = 365


@dataclass(frozen=True, slots=True)
class Deprecation:
    """An operation that will be removed.

    since   day on which a release announced it
    sunset  first day on which it may be gone
    link    path on this site, or URL, of what replaces it
    raises  ValueError if clients have less than twelve months
    """

    since: date
    sunset: date
    link: str = "/api/v1/docs#versioning"

    def __post_init__(self) -> None:
        if (self.sunset - self.since).days < LEAST_DAYS:
            raise ValueError(f"An operation works for {LEAST_DAYS} days after its deprecation.")

    @property
    def url(self) -> str:
        return urljoin(str(settings.PUBLIC_URL), self.link)

    @property
    def facts(self) -> dict[str, str]:
        """The extension `x-deprecation` of the document."""
        return {"since": self.since.isoformat(), "sunset": self.sunset.isoformat(), "link": self.url}

    def announce_in(self, response: HttpResponseBase) -> None:
        """Add the headers of a deprecated operation to one of its responses."""
        response["Deprecation"] = f"@{int(_midnight(self.since))}"
        response["Sunset"] = http_date(_midnight(self.sunset))
        link = f'<{self.url}>; rel="deprecation"; type="text/html"'
        response["Link"] = f"{response['Link']}, {link}" if "Link" in response else link


def _midnight(day: date) -> float:
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()


def deprecates(deprecation: Deprecation | None) -> Callable[[View], View]:
    """Mark the method of a view that handles an operation."""

    def decorate(view: View) -> View:
        view.deprecation = deprecation  # type: ignore[attr-defined]
        return view

    return decorate


def deprecation_of(view: object, method: str | None) -> Deprecation | None:
    """Return the deprecation of the operation that a view handles with a method."""
    handler = getattr(view, (method or "").lower(), None)
    found: Deprecation | None = getattr(handler, "deprecation", None)
    return found
