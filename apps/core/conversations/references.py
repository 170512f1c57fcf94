"""Links to pages of this site in posts, drawn with the titles that the reader may see."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from html import unescape

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from apps.core.actor import Actor
from apps.core.declaration import PageReference, declared

from .models import Post
from .rendering import own_path

# a link of rendered Markdown without markup in its text, alone in a paragraph or within one
_LINK = re.compile(r'(<p>)?<a href="([^"<>]+)"(?: rel="[^"<>]*")?>([^<]*)</a>(</p>)?')


def page_references(actor: Actor, posts: Iterable[Post]) -> Mapping[str, PageReference]:
    """Return the pages that visible posts link to, by path: one query for each provider."""
    paths = {path for post in posts if post.is_visible for path in post.references}
    return references_of(actor, paths)


def references_of(actor: Actor, paths: Collection[str]) -> Mapping[str, PageReference]:
    found: dict[str, PageReference] = {}
    for provider in declared().reference_providers if paths else ():
        own = [path for path in paths if path not in found and provider.pattern.fullmatch(path)]
        if own:
            found |= provider.find(actor, own)
    return found


def with_references(html: str, references: Mapping[str, PageReference]) -> SafeString:
    """Replace links whose text is their address by titles; a link that is a paragraph becomes a block.

    html  of a rendered post, which is safe
    """
    return mark_safe(_LINK.sub(lambda found: _drawn(found, references), html) if references else html)


def _drawn(found: re.Match[str], references: Mapping[str, PageReference]) -> str:
    opening, address, text, closing = found.groups()
    href = unescape(address)
    page = references.get(own_path(href))
    if page is None or not _is_address(unescape(text), href):
        return found[0]
    is_alone = bool(opening and closing)
    context = {"page": page, "href": href, "is_alone": is_alone}
    drawn = render_to_string("core/conversations/_reference.html", context).strip()
    return drawn if is_alone else f"{opening or ''}{drawn}{closing or ''}"


def _is_address(text: str, href: str) -> bool:
    return text in (href, own_path(href)) or text.startswith(("http://", "https://"))
