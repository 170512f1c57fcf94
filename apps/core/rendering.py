"""HTML made of Markdown, kept under the name of what it was made of: each text is rendered once, whoever asks and how often."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import sha256

import structlog
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from redis.exceptions import RedisError

from .cache import CachedValue
from .markdown import VERSION, render_markdown

log = structlog.get_logger(__name__)
KEPT_SECONDS = 24 * 3600
# below this, rendering takes hardly longer than asking
KEPT_FROM_CHARACTERS = 500
# while one request renders a text, others wait for its result; if it died, they go on by themselves
WAIT_SECONDS, STEP_SECONDS = 20.0, 0.05
PAGES = CachedValue("markdown", str, seconds=KEPT_SECONDS, version=VERSION)
UNDER_WAY = CachedValue("markdown-under-way", int, seconds=60)


def render_cached(text: str, base_url: str = "", image_base_url: str | None = None) -> SafeString:
    """Return Markdown as safe HTML, as `render_markdown` does, from the cache where it is."""
    if len(text) < KEPT_FROM_CHARACTERS:
        return render_markdown(text, base_url, image_base_url)
    name = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return render_cached_as(name, lambda: text, base_url, image_base_url)


def render_cached_as(
    name: str, read: Callable[[], str], base_url: str = "", image_base_url: str | None = None
) -> SafeString:
    """Return the Markdown that has a name as safe HTML.

    name  of these very characters, such as the id of a blob
    read  returns them; called if they were not rendered before
    """
    about = "\n".join((name, base_url, image_base_url or "", get_language() or ""))
    key = sha256(about.encode("utf-8", "surrogatepass")).hexdigest()
    return mark_safe(_kept(key, lambda: str(render_markdown(read(), base_url, image_base_url))))


def _kept(key: str, make: Callable[[], str]) -> str:
    """Return what is kept under a key, or make it: one request at a time. Without a cache it is made each time."""
    try:
        found = PAGES.get(key)
        if found is None and not UNDER_WAY.add(1, key):
            found = _awaited(key)
    except RedisError as error:
        log.warning("cache.unreachable", error=str(error))
        return make()
    if found is not None:
        return found
    made = make()
    try:
        PAGES.set(made, key)
        UNDER_WAY.delete(key)
    except RedisError as error:
        log.warning("cache.unreachable", error=str(error))
    return made


def _awaited(key: str) -> str | None:
    """Return what another request makes, or None if it does not come."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        time.sleep(STEP_SECONDS)
        found = PAGES.get(key)
        if found is not None or UNDER_WAY.get(key) is None:
            return found or PAGES.get(key)
    return None
