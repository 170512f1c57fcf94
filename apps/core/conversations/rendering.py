"""The text of a post as HTML, with the people it mentions and the pages of this site it refers to."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from apps.core.declaration import declared
from apps.core.text.markdown import VERSION as MARKDOWN_VERSION
from apps.core.text.markdown import render_markdown
from apps.core.text.mentions import mentioned_names

# raised when the output changes here
VERSION = MARKDOWN_VERSION * 100 + 1
REFERENCES_LIMIT = 30
_LINK = re.compile(r'<a href="([^"]+)"(?! class="mention")')


@dataclass(frozen=True, slots=True)
class RenderedText:
    """A rendered post.

    mentions    names in lower case, in the order of the text
    references  paths of this site that it links to
    """

    html: str
    mentions: list[str]
    references: list[str]


def render_post(source: str) -> RenderedText:
    """Return a post as safe HTML; images come from this site alone."""
    names = paths_of_names(mentioned_names(source))
    env: dict[str, Any] = {"names": names}
    html = render_markdown(source, "/", env=env)
    return RenderedText(html, list(env.get("mentioned", ())), _own_paths(html))


def paths_of_names(names: Collection[str]) -> Mapping[str, str]:
    """Return the pages of people and organizations by name in lower case; unknown names are absent."""
    found: dict[str, str] = {}
    for directory in declared().name_directories if names else ():
        found |= directory(names)
    return found


def _own_paths(html: str) -> list[str]:
    paths = (own_path(address.replace("&amp;", "&")) for address in _LINK.findall(html))
    return list(dict.fromkeys(path for path in paths if path))[:REFERENCES_LIMIT]


def own_path(address: str) -> str:
    """Return the path of an address of this site, without its fragment; empty for other sites."""
    parts = urlsplit(address)
    own = urlsplit(settings.PUBLIC_URL)
    is_own = (parts.scheme, parts.netloc) in ((own.scheme, own.netloc), ("", ""))
    return parts.path if is_own and parts.path.startswith("/") and len(parts.path) > 1 else ""
