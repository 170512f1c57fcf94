"""Untrusted Markdown as safe HTML: GitHub's dialect, MathML, highlighted code, an allowlist at the end."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from functools import partial
from typing import Any
from urllib.parse import urljoin, urlsplit

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.gfm import gfm_plugin

from . import markdown_rules as rules
from .highlighting import HighlightBudget, highlight_code
from .markdown_limits import TooComplex, check_depth, limit_work
from .mentions import link_mentions

# raised when the output changes, so that cached HTML is rendered again
VERSION = 4
TEXT_LIMIT_CHARACTERS = 400_000
FORMULA_LIMIT_CHARACTERS = 4_000
SLUG_LIMIT_CHARACTERS = 200
ANCHOR_PREFIX = "md-"
# base URL on another host: images resolved against it are dropped
NOWHERE = "https://example.com/"

_CHECKBOX = re.compile(r'<input class="task-list-item-checkbox" disabled="" type="checkbox"( checked="")?>')
_CODE = re.compile(r'<pre class="highlight">(.*?)</pre>', re.DOTALL)
_HEADING = re.compile(r"<(/?)h([1-5])\b")
_TABLE = re.compile(r"(<table\b[^>]*>)")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_INVISIBLE = re.compile(r"[\x00-\x20]")
_NOT_IN_SLUG = re.compile(r"[^\w\- ]", re.UNICODE)


def _formula(latex: str, display: str) -> str:
    """Convert LaTeX to MathML; show the source if it cannot be parsed."""
    if len(latex) <= FORMULA_LIMIT_CHARACTERS:
        # imported late: its tables take 5 MiB per process
        from latex2mathml.converter import convert

        try:
            return convert(latex.strip(), display=display)
        except Exception:
            pass  # the converter raises many exception types, and the page must still render
    return f'<code class="math-error">{escape(latex)}</code>'


def _render_inline_formula(renderer: Any, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    return _formula(tokens[index].content, "inline")


def _render_block_formula(renderer: Any, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    return _formula(tokens[index].content, "block") + "\n"


def _render_code(renderer: Any, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    language = tokens[index].info.strip().split(maxsplit=1)[:1]
    source = tokens[index].content.removesuffix("\n")
    if language == ["mermaid"]:
        # scripts draw it; without them the source is shown
        return f'<pre class="mermaid"><code>{escape(source)}</code></pre>\n'
    budget = env.setdefault("highlighting", HighlightBudget())
    code = highlight_code(source, language[0].strip("{}.") if language else "", budget)
    return f'<pre class="highlight"><code>{code}</code></pre>\n'


def _slug(text: str, taken: dict[str, int]) -> str:
    """Return a unique anchor for a heading, as GitHub builds it.

    taken  anchors so far, each with the last suffix number used for it
    """
    stem = _NOT_IN_SLUG.sub("", text.strip().lower()).replace(" ", "-")[:SLUG_LIMIT_CHARACTERS] or "section"
    slug, count = stem, taken.get(stem, 0)
    while slug in taken:
        count += 1
        slug = f"{stem}-{count}"
    taken[stem] = count
    taken.setdefault(slug, 0)
    return slug


def _anchor_headings(state: StateCore) -> None:
    taken: dict[str, int] = {}
    for index, token in enumerate(state.tokens):
        if token.type != "heading_open":
            continue
        inline = state.tokens[index + 1]
        words = "".join(
            child.content for child in inline.children or [] if child.type in ("text", "code_inline")
        )
        slug = _slug(words, taken)
        token.attrSet("id", slug)
        inline.children = [*(inline.children or []), _html(f'<a class="anchor" href="#{escape(slug)}">#</a>')]


def _html(markup: str) -> Token:
    return Token("html_inline", "", 0, content=markup)


def _align_cells(state: StateCore) -> None:
    """Replace alignment styles with the align attribute: the CSP forbids inline styles."""
    for token in state.tokens:
        style = str(token.attrGet("style") or "") if token.type in ("th_open", "td_open") else ""
        if style.startswith("text-align:"):
            token.attrs.pop("style")
            token.attrSet("align", style.removeprefix("text-align:"))


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "linkify": False})
    gfm_plugin(parser, front_matter=True)
    dollarmath_plugin(
        parser,
        allow_labels=False,
        allow_space=False,
        allow_digits=False,
        allow_blank_lines=False,
        double_inline=True,
    )
    parser.core.ruler.push("anchor_headings", _anchor_headings)
    parser.core.ruler.push("align_cells", _align_cells)
    link_mentions(parser)
    limit_work(parser)
    parser.add_render_rule("math_inline", _render_inline_formula)
    parser.add_render_rule("math_inline_double", _render_block_formula)
    parser.add_render_rule("math_block", _render_block_formula)
    parser.add_render_rule("fence", _render_code)
    parser.add_render_rule("code_block", _render_code)
    return parser


_markdown = _parser()


def _link(value: str, base: str) -> str | None:
    if value.startswith("#"):
        return f"#{ANCHOR_PREFIX}{value[1:]}"
    if _SCHEME.match(value):
        return value if value.split(":", 1)[0].lower() in rules.LINK_SCHEMES else None
    try:
        return urljoin(base, value)
    except ValueError:
        return None


def _image(value: str, base: str) -> str | None:
    """Keep images on this site; nothing is loaded from other hosts."""
    try:
        address = urljoin(base, value)
        parts = urlsplit(address)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else address


def _filter_attribute(base: str, images: str, tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return _link(_INVISIBLE.sub("", value), base)
    if name == "src":
        return _image(_INVISIBLE.sub("", value), images)
    if name == "id":
        return f"{ANCHOR_PREFIX}{value}"
    if name in ("width", "height"):
        return value if rules.LENGTH.fullmatch(value) else None
    return value


def _clean(markup: str, base: str, images: str) -> str:
    return nh3.clean(
        markup,
        tags=rules.TAGS,
        clean_content_tags=rules.DROPPED_WITH_CONTENT,
        attributes=rules.ATTRIBUTES,
        allowed_classes=rules.CLASSES,
        attribute_filter=partial(_filter_attribute, base, images),
        url_schemes=rules.LINK_SCHEMES,
        link_rel="nofollow noopener",
    )


def _demote_heading(found: re.Match[str]) -> str:
    return f"<{found[1]}h{int(found[2]) + 1}"


def _wrap_blocks(markup: str) -> str:
    """Wrap tables and code in scroll containers, and start headings at h2 below the page's h1.

    Runs after sanitizing: this markup is ours.
    """
    headings = _HEADING.sub(_demote_heading, markup)
    tables = _TABLE.sub(r'<div class="table-wrap" tabindex="0">\1', headings)
    tables = tables.replace("</table>", "</table></div>")
    return _CODE.sub(r'<div class="code highlight"><pre tabindex="0">\1</pre></div>', tables)


def clean_html(markup: str) -> SafeString:
    """Return untrusted HTML reduced to what is safe, without images."""
    markup = markup[:TEXT_LIMIT_CHARACTERS]
    try:
        check_depth(markup)
    except TooComplex:
        return plain_text(markup)
    return mark_safe(_wrap_blocks(_clean(markup, "", NOWHERE)))


def plain_text(text: str) -> SafeString:
    """Return the source text after a note that it could not be formatted."""
    words = _("This text is too complex to format. The source is shown instead.")
    return mark_safe(f'<p class="soft">{escape(words)}</p><pre>{escape(text)}</pre>')


def render_markdown(
    text: str,
    base_url: str = "",
    image_base_url: str | None = None,
    *,
    env: MutableMapping[str, Any] | None = None,
) -> SafeString:
    """Return Markdown as safe HTML, without front matter.

    base_url        base of relative links, such as /owner/name/blob/main/
    image_base_url  base of relative images, such as /owner/name/resolve/main/ (default: base_url)
    env             input and output of the parser's plugins, such as the names of `mentions`
    """
    if len(text) > TEXT_LIMIT_CHARACTERS:
        return mark_safe(f"<pre>{escape(text[:TEXT_LIMIT_CHARACTERS])}…</pre>")
    try:
        markup = _CHECKBOX.sub(lambda found: "☑" if found[1] else "☐", _markdown.render(text, env)).strip()
        check_depth(markup)
    except TooComplex:
        return plain_text(text)
    images = base_url if image_base_url is None else image_base_url
    return mark_safe(_wrap_blocks(_clean(markup, base_url, images)))
