"""Template tags of conversations."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..presenters import ReactionView

register = template.Library()


@register.simple_tag
def reaction_buttons(reactions: Iterable[ReactionView], is_enabled: bool) -> SafeString:
    """Draw reactions with their counts; pressing one adds or removes one's own.

    A long page has hundreds of them, most alike.
    """
    return SafeString("".join(_button(one, is_enabled) for one in reactions))


@lru_cache(maxsize=1000)
def _button(one: ReactionView, is_enabled: bool) -> SafeString:
    return format_html(
        '<button class="reaction" name="{}" value="{}" aria-pressed="{}"{}>{}{}</button>',
        "remove" if one.is_own else "add",
        one.emoji,
        "true" if one.is_own else "false",
        "" if is_enabled else SafeString(" disabled"),
        one.emoji,
        format_html(' <span class="count">{}</span>', one.count) if one.count else "",
    )
