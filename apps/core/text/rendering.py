"""Cached Markdown: each text is rendered once, however many requests show it."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import sha256

import structlog
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from redis.exceptions import RedisError

from apps.core.cache import CachedValue

from .markdown import VERSION, render_markdown

log = structlog.get_logger(__name__)
CACHE_SECONDS = 24 * 3600
# shorter texts render about as fast as the cache answers
CACHED_FROM_CHARACTERS = 500
# how long concurrent requests wait for the one that renders before they render the text themselves
WAIT_SECONDS, STEP_SECONDS = 20.0, 0.05
PAGES = CachedValue("markdown", str, seconds=CACHE_SECONDS, version=VERSION)
IN_PROGRESS = CachedValue("markdown-in-progress", int, seconds=60)


def render_cached(text: str, base_url: str = "", image_base_url: str | None = None) -> SafeString:
    """Return Markdown as safe HTML like `render_markdown`, from the cache if possible."""
    if len(text) < CACHED_FROM_CHARACTERS:
        return render_markdown(text, base_url, image_base_url)
    digest = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return render_cached_as(digest, lambda: text, base_url, image_base_url)


def render_cached_as(
    name: str, read: Callable[[], str], base_url: str = "", image_base_url: str | None = None
) -> SafeString:
    """Return named Markdown as safe HTML.

    name  identifies the exact text, such as a blob id
    read  returns the text; called only if it is not cached
    """
    inputs = "\n".join((name, base_url, image_base_url or "", get_language() or ""))
    key = sha256(inputs.encode("utf-8", "surrogatepass")).hexdigest()
    return mark_safe(_cached(key, lambda: str(render_markdown(read(), base_url, image_base_url))))


def _cached(key: str, render: Callable[[], str]) -> str:
    """Return the cached HTML, or render it in one request at a time. Without a cache, render it each time."""
    try:
        html = PAGES.get(key)
        if html is None and not IN_PROGRESS.add(1, key):
            html = _wait_for(key)
        elif html is None and (html := PAGES.get(key)) is not None:
            IN_PROGRESS.delete(key)  # another request finished between the two questions
    except RedisError as error:
        log.warning("cache.unreachable", error=str(error))
        return render()
    if html is not None:
        return html
    html = render()
    try:
        PAGES.set(html, key)
        IN_PROGRESS.delete(key)
    except RedisError as error:
        log.warning("cache.unreachable", error=str(error))
    return html


def _wait_for(key: str) -> str | None:
    """Return the HTML that another request is rendering, or None if it gives up."""
    end = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < end:
        time.sleep(STEP_SECONDS)
        html = PAGES.get(key)
        if html is not None or IN_PROGRESS.get(key) is None:
            return html or PAGES.get(key)
    return None
