"""The allowlist for HTML from untrusted Markdown: tags, attributes, classes, schemes."""

from __future__ import annotations

import re

from pygments.token import STANDARD_TYPES

LINK_SCHEMES = {"http", "https", "mailto"}
LENGTH = re.compile(r"\d{1,4}(px|%)?")

TEXT_TAGS = set(
    "a abbr b bdi bdo blockquote br cite code dd del details dfn div dl dt em figcaption figure "
    "h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rp rt ruby s samp section small span strong "
    "sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr".split()
)
# Without annotation-xml, mglyph, malignmark and maction, which change how their content is parsed.
MATH_TAGS = set(
    "math menclose mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace "
    "msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover none semantics".split()
)
TAGS = TEXT_TAGS | MATH_TAGS
DROPPED_WITH_CONTENT = {"script", "style", "template", "title", "noscript", "iframe", "object", "svg"}

MATH_ATTRIBUTES = set(
    "accent accentunder columnalign columnlines columnspacing depth display displaystyle fence form height "
    "largeop linethickness lspace mathsize mathvariant maxsize minsize movablelimits notation rowalign "
    "rowlines rowspacing rspace scriptlevel separator stretchy symmetric width".split()
)
ATTRIBUTES: dict[str, set[str]] = {
    **{tag: set(MATH_ATTRIBUTES) for tag in MATH_TAGS},
    "a": {"href", "title", "id"},
    "abbr": {"title"},
    "bdo": {"dir"},
    "blockquote": {"cite"},
    "details": {"open"},
    "div": {"align"},
    "img": {"src", "alt", "title", "width", "height", "align"},
    "li": {"id", "value"},
    "ol": {"start", "type"},
    "p": {"align"},
    "table": {"align"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "time": {"datetime"},
    **{f"h{level}": {"id", "align"} for level in range(1, 7)},
}

_HIGHLIGHT_CLASSES = {name for name in STANDARD_TYPES.values() if name}
CLASSES: dict[str, set[str]] = {
    "span": _HIGHLIGHT_CLASSES,
    "pre": {"highlight", "mermaid"},
    "code": {"math-error"},
    "a": {"anchor", "footnote-backref", "mention"},
    "sup": {"footnote-ref"},
    "hr": {"footnotes-sep"},
    "section": {"footnotes"},
    "ol": {"footnotes-list"},
    "ul": {"contains-task-list"},
    "li": {"footnote-item", "task-list-item"},
    "p": {"markdown-alert-title"},
    "div": {"markdown-alert"}
    | {f"markdown-alert-{kind}" for kind in ("note", "tip", "important", "warning", "caution")},
}
