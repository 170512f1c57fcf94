"""Template tags and filters for every page: icons, numbers, dates, charts, links."""

from __future__ import annotations

import html
import json
import textwrap
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django import template
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from apps.core.text import formatting, svg
from apps.core.text.highlighting import highlight_code

register = template.Library()
THEMES = ("light", "dark")


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """Draw an icon of the sprite, hidden from screen readers unless it has a label.

    size  "", "small" or "large"
    """
    return _icon(static("img/icons.svg"), str(name), str(size), str(label))


@lru_cache(maxsize=1000)
def _icon(sprite: str, name: str, size: str, label: str) -> SafeString:
    aria = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html('<svg class="icon {}" {}><use href="{}#{}"></use></svg>', size, aria, sprite, name)


@register.simple_tag
def avatar(
    name: str, size: Any = 24, src: str = "", is_organization: bool = False, extra: str = ""
) -> SafeString:
    """Draw the avatar of a person or organization; `c-avatar` in long lists, where components take time."""
    classes = f"avatar size-{size} hue-{hue(name)}{' organization' if is_organization else ''} {extra}"
    shown: SafeString | str = initials(name)
    if src:
        shown = format_html('<img src="{}" alt="" width="{}" height="{}">', src, size, size)
    return format_html('<span class="{}" aria-hidden="true">{}</span>', classes.rstrip(), shown)


@register.simple_tag
def brand() -> SafeString:
    return format_html(
        '<svg aria-hidden="true" viewBox="0 0 24 24"><use href="{}#brand"></use></svg>',
        static("img/icons.svg"),
    )


@register.filter
def number(value: Any) -> str:
    """12408 -> 12,408; empty for None."""
    return (
        ""
        if value in (None, "")
        else formatting.thousands(value if isinstance(value, int | float) else int(value))
    )


@register.filter
def short(value: Any) -> str:
    return "" if value in (None, "") else formatting.short_count(float(value))


@register.filter
def parameters(value: Any) -> str:
    return "" if value in (None, "") else formatting.parameter_count(float(value))


@register.filter(name="bytes")
def bytes_filter(value: Any) -> str:
    return "" if value in (None, "") else formatting.size(float(value))


@register.filter
def duration(seconds: Any) -> str:
    return "" if seconds in (None, "") else formatting.duration(float(seconds))


@register.filter
def percent(share: Any, digits: int = 1) -> str:
    """0.8731 -> 87.3%."""
    return "" if share in (None, "") else formatting.percent(float(share), digits)


@register.filter
def age(moment: datetime | None) -> SafeString:
    """An age with the full time on hover; ages.js keeps it current.

    Future moments are shown as dates.
    """
    if moment is None:
        return SafeString("")
    if formatting.is_future(moment):
        shown = formatting.date(moment)
        return format_html('<time datetime="{}" data-moment="date">{}</time>', moment.isoformat(), shown)
    opening = _opening(moment, get_language(), get_current_timezone_name())
    return SafeString(f"{opening}{escape(formatting.age(moment))}</time>")


@lru_cache(maxsize=10_000)
def _opening(moment: datetime, language: str, zone: str) -> SafeString:
    """Return the tag that an age begins with; dates are slow to format, and lists repeat them."""
    full = formatting.date_and_time(moment, with_zone=True)
    return format_html('<time datetime="{}" title="{}" data-age>', moment.isoformat(), full)


def _parse_moment(text: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else None


@register.filter
def moment(value: datetime | str | None) -> SafeString | str:
    """A full date and time, from a datetime or ISO 8601 text; other text is returned as it is.

    ages.js shows it in the person's or the browser's time zone.
    """
    if isinstance(value, str):
        text, value = value, _parse_moment(value)
        if value is None:
            return text
    if value is None:
        return SafeString("")
    shown = formatting.date_and_time(value, with_zone=True)
    return format_html('<time datetime="{}" data-moment>{}</time>', value.isoformat(), shown)


@register.simple_tag
def age_words() -> str:
    return json.dumps(formatting.age_words(), ensure_ascii=False)


@register.filter
def initials(name: str) -> str:
    words = [word for word in str(name).replace("_", "-").replace(".", "-").split("-") if word]
    return (words[0][:1] + words[1][:1] if len(words) > 1 else str(name)[:2]) or "?"


@register.filter
def hue(name: str) -> int:
    """One of eight colors, stable for a name."""
    return zlib.crc32(str(name).lower().encode()) % 8 + 1


@register.filter
def unlocalized(value: Any) -> str:
    """A number for programs, independent of the page's language."""
    return f"{value:.8g}" if isinstance(value, float) else str(value)


@register.filter
def dedent(slot: Any) -> str:
    """The text of a component's slot without the template's indentation."""
    return textwrap.dedent(html.unescape(str(slot)).strip("\n")).rstrip()


@register.filter
def highlight_as(code: Any, lexer_name: str = "") -> SafeString:
    return highlight_code(str(code), lexer_name)


@register.simple_tag
def sparkline_svg(values: Iterable[float], label: str = "", height: int = 40) -> SafeString:
    return svg.sparkline(values, label=label, height=int(height))


@register.simple_tag
def bar_svg(parts: Iterable[tuple[str, float]], label: str = "") -> SafeString:
    return svg.stacked_bar(parts, label=label)


@register.simple_tag
def histogram_svg(counts: Sequence[float], label: str = "", titles: Sequence[str] = ()) -> SafeString:
    return svg.histogram(counts, label=label, titles=titles)


@register.simple_tag
def graph_svg(
    nodes: Sequence[svg.Node | Mapping[str, Any]], edges: Sequence[tuple[str, str]], label: str = ""
) -> SafeString:
    graph_nodes = [node if isinstance(node, svg.Node) else svg.Node(**node) for node in nodes]
    return svg.lineage_graph(graph_nodes, edges, label=label)


@register.simple_tag(takes_context=True)
def theme(context: RequestContext) -> str:
    """The theme that the person chose; empty to follow the system."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in THEMES else ""


@register.simple_tag(takes_context=True)
def current(context: RequestContext, prefix: str, exact: bool = False) -> SafeString:
    """Return the aria-current attribute for a link to the current page or a parent of it."""
    path = context["request"].path if "request" in context else ""
    is_here = path == prefix or (not exact and path.startswith(prefix.rstrip("/") + "/"))
    return SafeString('aria-current="page"') if is_here else SafeString("")


@register.simple_tag(takes_context=True)
def next_page(context: RequestContext, cursor: str) -> str:
    query = context["request"].GET.copy()
    query["cursor"] = cursor
    return f"?{query.urlencode()}"
