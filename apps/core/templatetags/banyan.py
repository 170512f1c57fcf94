"""Tags and filters that every page may use: icons, figures, ages, drawings, addresses."""

from __future__ import annotations

import html
import json
import textwrap
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import template
from django.template.context import RequestContext
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from apps.core import formatting, svg
from apps.core.highlighting import highlight_code

register = template.Library()
THEMES = ("light", "dark")


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """Draw an icon of the sprite; with a label it speaks, without one it is silent.

    size  "", "small" or "large"
    """
    voice = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    address = f"{static('img/icons.svg')}#{name}"
    return format_html('<svg class="icon {}" {}><use href="{}"></use></svg>', size, voice, address)


@register.simple_tag
def brand() -> SafeString:
    return format_html(
        '<svg aria-hidden="true" viewBox="0 0 24 24"><use href="{}#brand"></use></svg>',
        static("img/icons.svg"),
    )


@register.filter
def number(value: Any) -> str:
    """12408 -> 12,408; nothing for nothing."""
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
def spelled(slug: str | None) -> str:
    """A stored word as people read it, in their language: text-classification -> Text classification."""
    return gettext(str(slug).replace("-", " ").replace("_", " ").capitalize()) if slug else ""


@register.filter
def percent(share: Any, digits: int = 1) -> str:
    """0.8731 -> 87.3 %."""
    return "" if share in (None, "") else f"{float(share) * 100:.{digits}f}\u00a0%"


@register.filter
def age(moment: datetime | None) -> SafeString:
    """An age with its full time on hover; a script keeps it fresh and puts the time in the reader's zone.

    What is still to come has a date.
    """
    if moment is None:
        return SafeString("")
    if formatting.is_future(moment):
        shown = date_format(timezone.localtime(moment), "DATE_FORMAT")
        return format_html('<time datetime="{}" data-moment>{}</time>', moment.isoformat(), shown)
    full = (
        date_format(timezone.localtime(moment), "DATETIME_FORMAT")
        + " "
        + timezone.localtime(moment).strftime("%Z")
    )
    return format_html(
        '<time datetime="{}" title="{}" data-age>{}</time>', moment.isoformat(), full, formatting.age(moment)
    )


@register.filter
def moment(value: datetime | None) -> SafeString:
    """A full date and time; a script puts it in the reader's zone."""
    if value is None:
        return SafeString("")
    shown = date_format(timezone.localtime(value), "DATETIME_FORMAT")
    return format_html(
        '<time datetime="{}" data-moment>{} {}</time>',
        value.isoformat(),
        shown,
        timezone.localtime(value).strftime("%Z"),
    )


@register.simple_tag
def age_words() -> str:
    return json.dumps(formatting.age_words(), ensure_ascii=False)


@register.filter
def initials(name: str) -> str:
    words = [word for word in str(name).replace("_", "-").replace(".", "-").split("-") if word]
    return (words[0][:1] + words[1][:1] if len(words) > 1 else str(name)[:2]) or "?"


@register.filter
def hue(name: str) -> int:
    """One of eight colours, always the same for a name."""
    return zlib.crc32(str(name).lower().encode()) % 8 + 1


@register.filter
def unlocalized(value: Any) -> str:
    """A figure as programs read it, whatever the language of the page."""
    return f"{value:.8g}" if isinstance(value, float) else str(value)


@register.filter
def dedented(slot: Any) -> str:
    """The text of a component's slot without the indent of the template that it stands in."""
    return textwrap.dedent(html.unescape(str(slot)).strip("\n")).rstrip()


@register.filter
def highlighted(code: Any, lexer_name: str = "") -> SafeString:
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
    made = [node if isinstance(node, svg.Node) else svg.Node(**node) for node in nodes]
    return svg.lineage_graph(made, edges, label=label)


@register.simple_tag(takes_context=True)
def theme(context: RequestContext) -> str:
    """The theme that the person chose, or nothing: then the system's counts."""
    request = context.get("request")
    chosen = request.COOKIES.get("theme", "") if request else ""
    return chosen if chosen in THEMES else ""


@register.simple_tag(takes_context=True)
def current(context: RequestContext, prefix: str, exact: bool = False) -> SafeString:
    """Mark a link as the page that is open, or as one above it."""
    path = context["request"].path if "request" in context else ""
    is_here = path == prefix or (not exact and path.startswith(prefix.rstrip("/") + "/"))
    return SafeString('aria-current="page"') if is_here else SafeString("")


@register.simple_tag(takes_context=True)
def next_page(context: RequestContext, cursor: str) -> str:
    query = context["request"].GET.copy()
    query["cursor"] = cursor
    return f"?{query.urlencode()}"
