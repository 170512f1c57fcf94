"""Template tags of the forum."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from apps.core.templatetags.banyan import age

from ..presenters import TopicRow

register = template.Library()


@register.simple_tag
def topic_row(row: TopicRow) -> SafeString:
    """Draw a topic in a list. A row that looks as it did before is not drawn again: most do."""
    return _drawn(row, get_language(), age(row.bumped_at))


@lru_cache(maxsize=2000)
def _drawn(row: TopicRow, language: str, bumped: SafeString) -> SafeString:
    """Return a row, whose template sees nothing but these arguments."""
    return render_to_string("community/forum/_row.html", {"row": row, "bumped": bumped})
