"""Template tags of conversations."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from functools import lru_cache

from django import template
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from apps.core.text import formatting

from ..presenters import PostView, ReactionView

register = template.Library()
# stands for the token of forms in what is remembered; nobody can write it, as nobody knows it
TOKEN = secrets.token_hex(32)


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


@register.simple_tag(takes_context=True)
def drawn_post(context: Context, post: PostView) -> SafeString:
    """Draw a post. One that looks as it did before is not drawn again but for the token of its forms."""
    age = formatting.age(post.published_at) if post.published_at else ""
    drawn = _drawn(post, get_language(), get_current_timezone_name(), age)
    return SafeString(drawn.replace(TOKEN, escape(context.get("csrf_token", ""))))


@lru_cache(maxsize=500)
def _drawn(post: PostView, language: str, zone: str, age: str) -> SafeString:
    """Return a post, whose template sees nothing else; its language, zone and age are those of now."""
    return render_to_string("components/conversation/post.html", {"post": post, "csrf_token": TOKEN})
