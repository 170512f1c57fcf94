"""Links to pages of this site in posts, drawn as cards that the reader may see."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from html import unescape

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from apps.core.actor import Actor
from apps.core.declaration import ReferenceCard, declared

from .models import Post
from .rendering import own_path

# a link of rendered Markdown without markup in its text, alone in a paragraph or within one
_LINK = re.compile(r'(<p>)?<a href="([^"<>]+)"(?: rel="[^"<>]*")?>([^<]*)</a>(</p>)?')


def reference_cards(actor: Actor, posts: Iterable[Post]) -> Mapping[str, ReferenceCard]:
    """Return the cards of the pages that visible posts link to, by path: one query for each provider."""
    paths = {path for post in posts if post.is_visible for path in post.references}
    return cards_of(actor, paths)


def cards_of(actor: Actor, paths: Collection[str]) -> Mapping[str, ReferenceCard]:
    found: dict[str, ReferenceCard] = {}
    for provider in declared().reference_providers if paths else ():
        own = [path for path in paths if path not in found and provider.pattern.fullmatch(path)]
        if own:
            found |= provider.cards(actor, own)
    return found


def with_cards(html: str, cards: Mapping[str, ReferenceCard]) -> SafeString:
    """Replace links whose text is their address by labels; a link that is a paragraph becomes a card.

    html  of a rendered post, which is safe
    """
    return mark_safe(_LINK.sub(lambda found: _drawn(found, cards), html) if cards else html)


def _drawn(found: re.Match[str], cards: Mapping[str, ReferenceCard]) -> str:
    opening, address, text, closing = found.groups()
    href = unescape(address)
    card = cards.get(own_path(href))
    if card is None or not _is_address(unescape(text), href):
        return found[0]
    is_alone = bool(opening and closing)
    context = {"card": card, "href": href, "is_alone": is_alone}
    drawn = render_to_string("core/conversations/_reference.html", context).strip()
    return drawn if is_alone else f"{opening or ''}{drawn}{closing or ''}"


def _is_address(text: str, href: str) -> bool:
    return text in (href, own_path(href)) or text.startswith(("http://", "https://"))
