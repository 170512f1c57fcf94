"""Showing where a text holds what was looked for."""

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
    """Mark every place of a text that holds a word of the question."""
    shapes = [re.escape(word) for word in sorted(query.words, key=len, reverse=True)]
    if not shapes:
        return mark_safe(escape(text))
    parts = re.split(f"({'|'.join(shapes)})", str(text), flags=re.IGNORECASE)
    shown = [
        f"<mark>{escape(part)}</mark>" if place % 2 else escape(part) for place, part in enumerate(parts)
    ]
    return mark_safe("".join(shown))


@register.filter
def excerpt(text: str, query: SearchQuery) -> str:
    """Return the part of a long text that holds the first word that was looked for."""
    limit = ABOUT_LIMIT // 2 if any(map(is_unspaced, text[:20])) else ABOUT_LIMIT
    places = [at for word in query.words if (at := text.lower().find(word)) >= 0]
    begin = max(0, min(places, default=0) - BEFORE) if len(text) > limit else 0
    part = text[begin : begin + limit].strip()
    return f"{'… ' if begin else ''}{part}{' …' if begin + limit < len(text) else ''}"
