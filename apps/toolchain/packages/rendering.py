"""Descriptions of projects as safe HTML."""

from __future__ import annotations

from hashlib import sha256

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from apps.core.cache import CachedValue
from apps.core.text.rendering import render_cached

RST_LIMIT_CHARACTERS = 200_000
DAY = 24 * 3600.0
PAGES = CachedValue("restructured-text", str, seconds=DAY)


def render_description(text: str, content_type: str) -> SafeString:
    """Return a description as safe HTML, by its content type: Markdown, reStructuredText or plain text.

    source  Core metadata, "Description-Content-Type": reStructuredText if it is absent
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "text/markdown":
        return render_cached(text)
    if kind in ("", "text/x-rst") and len(text) <= RST_LIMIT_CHARACTERS:
        return _render_rst(text)
    return _plain(text)


def _plain(text: str) -> SafeString:
    return format_html('<pre class="plain">{}</pre>', text)


def _render_rst(text: str) -> SafeString:
    key = sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    found = PAGES.get(key)
    if found is None:
        # imported late: docutils takes 10 MiB per process
        from readme_renderer import rst

        found = rst.render(text) or str(_plain(text))
        PAGES.set(found, key)
    # readme_renderer sanitizes it
    return mark_safe(found)
