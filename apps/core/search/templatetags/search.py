"""Filters that highlight matches in search results."""

from __future__ import annotations

import re

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from apps.core.search.words import SearchQuery, is_unspaced

register = template.Library()
ABOUT_LIMIT, BEFORE = 220, 60


@register.filter
def highlight(text: str, query: SearchQuery) -> SafeString:
    """Wrap each occurrence of a query word in <mark>."""
    patterns = [re.escape(word) for word in sorted(query.words, key=len, reverse=True)]
    if not patterns:
        return mark_safe(escape(text))
    parts = re.split(f"({'|'.join(patterns)})", str(text), flags=re.IGNORECASE)
    shown = [
        f"<mark>{escape(part)}</mark>" if place % 2 else escape(part) for place, part in enumerate(parts)
    ]
    return mark_safe("".join(shown))


@register.filter
def excerpt(text: str, query: SearchQuery) -> str:
    """Return the part of a long text around the first query word."""
    limit = ABOUT_LIMIT // 2 if any(map(is_unspaced, text[:20])) else ABOUT_LIMIT
    places = [at for word in query.words if (at := text.lower().find(word)) >= 0]
    begin = max(0, min(places, default=0) - BEFORE) if len(text) > limit else 0
    part = text[begin : begin + limit].strip()
    return f"{'… ' if begin else ''}{part}{' …' if begin + limit < len(text) else ''}"
