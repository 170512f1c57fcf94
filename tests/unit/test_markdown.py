"""Untrusted Markdown becomes safe, well-formed HTML."""

import re
import time

import pytest

from apps.core.text.highlighting import HighlightBudget, highlight_code
from apps.core.text.markdown import (
    FORMULA_LIMIT_CHARACTERS,
    TEXT_LIMIT_CHARACTERS,
    clean_html,
    render_markdown,
)
from apps.core.text.markdown_limits import CELLS_LIMIT, DEPTH_LIMIT, LINES_LIMIT, RUN_LIMIT_CHARACTERS

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java\nscript:alert(1)">x</a>',
    '<a href=" &#14; javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:msgbox)",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<iframe src='https://example.com'></iframe>",
    "<object data='x'></object><embed src='x'>",
    "<form action='https://example.com'><input name=password><button>go</button></form>",
    "<style>body{display:none}</style>",
    "<div style='position:fixed;inset:0'>cover</div>",
    "<base href='https://example.com/'>",
    "<meta http-equiv=refresh content='0;url=https://example.com'>",
    "<link rel=stylesheet href='https://example.com/x.css'>",
    "<math><annotation-xml encoding='text/html'><script>alert(1)</script></annotation-xml></math>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math href='javascript:alert(1)'>x</math>",
    "<details open ontoggle=alert(1)>x</details>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "```<script>\nalert(1)\n```",
    "$\\text{<script>alert(1)</script>}$",
    "$$\\href{javascript:alert(1)}{x}$$",
    "> [!NOTE]<img src=x onerror=alert(1)>\n> x",
    "[^1]\n\n[^1]: <script>alert(1)</script>",
    "# <img src=x onerror=alert(1)>",
    "<a href='https://example.com' target=_top hx-get='/settings' data-opens='x' is='x'>x</a>",
]

FORBIDDEN_TAGS = re.compile(
    r"<\s*(script|style|iframe|object|embed|form|input|button|base|meta|link|svg|annotation-xml|mglyph"
    r"|noscript|template)\b",
    re.IGNORECASE,
)
FORBIDDEN_IN_TAGS = re.compile(
    r"""<[^>]*\s(on\w+|style|srcdoc|target|hx-[\w-]+|data-[\w-]+|is|name|action"""
    r"""|(?:href|src)\s*=\s*["']?\s*(?:javascript|data|vbscript):)""",
    re.IGNORECASE,
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_runs_or_leads_astray_survives(attack):
    html = render_markdown(attack, "/owner/name/blob/main/")

    assert not FORBIDDEN_TAGS.search(html)
    assert not FORBIDDEN_IN_TAGS.search(html)


def test_the_checks_above_would_see_an_attack():
    assert FORBIDDEN_TAGS.search("<p><script>x</script>")
    assert FORBIDDEN_IN_TAGS.search('<img src="x" onerror="alert(1)">')
    assert FORBIDDEN_IN_TAGS.search('<a href="javascript:alert(1)">')


def test_ids_of_a_text_cannot_take_the_place_of_the_pages_own():
    html = render_markdown('<h2 id="palette">x</h2>\n\n# Main\n\n[up](#main)')

    assert 'id="md-palette"' in html
    assert 'id="md-main"' in html
    assert 'href="#md-main"' in html
    assert 'id="main"' not in html


def test_headings_of_the_same_words_get_different_anchors():
    html = render_markdown("# Use\n\n# Use\n\n# 使用 方法")

    assert re.findall(r'<h2 id="([^"]+)"', html) == ["md-use", "md-use-1", "md-使用-方法"]


def test_headings_begin_below_the_one_of_the_page():
    html = render_markdown("# a\n\n<h1>b</h1>\n\n## c\n\n###### d\n\n`<h1>`")

    assert re.findall(r"<(h[1-6])\b", html) == ["h2", "h2", "h3", "h6"]
    assert "&lt;h1&gt;" in html


def test_relative_links_and_images_are_resolved_from_the_file():
    html = render_markdown(
        "[a](docs/a.md) ![b](img/b.png) [c](/models)", "/owner/name/blob/main/", "/owner/name/resolve/main/"
    )

    assert 'href="/owner/name/blob/main/docs/a.md"' in html
    assert 'src="/owner/name/resolve/main/img/b.png"' in html
    assert 'href="/models"' in html


@pytest.mark.parametrize(
    "source",
    ["https://example.com/t.png", "//example.com/t.png", "data:image/png;base64,AAAA", "http://[bad"],
)
def test_images_of_other_hosts_are_not_loaded(source):
    html = render_markdown(f'<img src="{source}" alt="a tracker">', "/owner/name/blob/main/")

    assert "src=" not in html
    assert "a tracker" in html


def test_links_to_other_hosts_give_no_credit():
    assert 'rel="nofollow noopener"' in render_markdown("[x](https://example.com)")


def test_front_matter_is_left_out_and_broken_front_matter_still_opens():
    assert render_markdown("---\nlicense: mit\n---\n# Card\n").startswith("<h2")
    assert "Card" in render_markdown("---\nlicense: [\n# Card\n")


CARD = """
> [!WARNING]
> Hot.

- [x] done
- [ ] open

| a | b |
| --- | ---: |
| 1 | 2 |

~~old~~ www.example.com
"""


def test_a_github_card_reads_as_on_github():
    html = render_markdown(
        "> [!WARNING]\n> Hot.\n\n- [x] done\n- [ ] open\n\n| a | b |\n| --- | ---: |\n| 1 | 2 |\n\n"
        "~~old~~ www.example.com"
    )

    assert '<div class="markdown-alert markdown-alert-warning">' in html
    assert "☑ done" in html
    assert "☐ open" in html
    assert '<td align="right">2</td>' in html
    assert '<div class="table-wrap" tabindex="0"><table>' in html
    assert "<s>old</s>" in html
    assert 'href="http://www.example.com"' in html


def test_code_is_highlighted_by_classes_only():
    html = render_markdown("```python\nimport os\n```")

    assert '<div class="code highlight"><pre tabindex="0"><code><span class="kn">import</span>' in html


def test_code_of_an_unknown_language_is_shown_as_it_is():
    assert "a &lt; b" in render_markdown("```no-such-language\na < b\n```")


def test_formulas_become_mathml_and_money_stays_money():
    html = render_markdown("It costs $5 and $10, and $E = mc^2$.\n\n$$\n\\sum_{i=1}^n i\n$$\n")

    assert "$5 and $10" in html
    assert html.count("<math") == 2
    assert 'display="block"' in html


@pytest.mark.parametrize(
    "latex", ["\\frac{", "\\begin{matrix} a", "{" * 500, "x" * (FORMULA_LIMIT_CHARACTERS + 1), "\\left("]
)
def test_a_formula_that_cannot_be_read_is_shown_as_written(latex):
    html = render_markdown(f"$$\n{latex}\n$$\n\nafter")

    assert "after" in html


def test_a_very_long_text_is_shown_plain_and_cut():
    html = render_markdown("*a* " * TEXT_LIMIT_CHARACTERS)

    assert html.startswith("<pre>*a* ")
    assert len(html) < TEXT_LIMIT_CHARACTERS + 100


@pytest.mark.parametrize(
    "torture",
    [
        "[" * 5000,
        "> " * 5000 + "x",
        "*a " * 20000,
        "`" * 20001,
        "<" * 20000,
        "![" * 5000 + "](" * 5000,
        "$" * 9999,
    ],
)
def test_torture_ends(torture):
    assert render_markdown(torture) is not None


def repeat_to_length(piece: str, characters: int = TEXT_LIMIT_CHARACTERS) -> str:
    return (piece * (characters // len(piece) + 1))[:characters]


def in_paragraphs(piece: str) -> str:
    """The same in the longest paragraphs that are read for links and emphasis."""
    return repeat_to_length(repeat_to_length(piece, RUN_LIMIT_CHARACTERS - 10) + "\n\n")


# each of these once took minutes, hours or much memory
WORST = {
    "headings of the same words": repeat_to_length("# a\n", 4 * LINES_LIMIT),
    "underlined headings": repeat_to_length("a\n=\n", 2 * LINES_LIMIT),
    "headings of numbers that others end with": repeat_to_length("# a\n# a-1\n", 5 * LINES_LIMIT),
    "colons": in_paragraphs("a: "),
    "half addresses": in_paragraphs("<http:"),
    "half addresses behind brackets": in_paragraphs("(http:"),
    "half chat addresses": in_paragraphs("xmpp:a@b/"),
    "half links": in_paragraphs("[a]: <"),
    "open elements": repeat_to_length("<div>\n"),
    "open elements in a line": repeat_to_length("<b>"),
    "wide tables of empty rows": repeat_to_length(
        "|a" * 200 + "|\n" + "|-" * 200 + "|\n" + "|\n" * 300 + "\n"
    ),
    "one very wide table": repeat_to_length("|a" * 20_000 + "|\n" + "|-" * 20_000 + "|\n" + "|\n" * 60_000),
    "a language whose lexer looks back": repeat_to_length("```easytrieve\n" + "\t" * 990 + "\n```\n"),
    "a language whose lexer looks ahead": repeat_to_length("```autoit\n" + "\n" * 5_000 + "```\n"),
}


@pytest.mark.parametrize("text", WORST.values(), ids=WORST)
def test_no_text_takes_more_time_than_its_length_allows(text):
    began = time.thread_time()

    html = render_markdown(text, "/owner/name/")

    # a quiet machine takes one to four seconds
    assert time.thread_time() - began < 30
    assert html


def test_headings_of_the_same_words_are_numbered_on_past_those_that_have_the_number_already():
    html = render_markdown("# a-1\n\n# a\n\n# a\n\n# a\n\n# a-1")

    assert re.findall(r'id="md-([^"]+)"', html) == ["a-1", "a", "a-2", "a-3", "a-1-1"]


def test_a_very_long_paragraph_is_shown_as_it_was_written():
    html = render_markdown(repeat_to_length("*a* [b](c) <i>d</i> ", RUN_LIMIT_CHARACTERS + 1) + "\n\n*end*")

    assert html.startswith("<p>*a* [b](c) &lt;i&gt;d&lt;/i&gt; ")
    assert html.endswith("<p><em>end</em></p>")


def test_a_paragraph_below_that_length_is_formatted_to_its_end():
    html = render_markdown(
        repeat_to_length("a word: ", RUN_LIMIT_CHARACTERS - 100)
        + " see https://example.com/x and *this*, or me@example.com"
    )

    assert '<a href="https://example.com/x"' in html
    assert "<em>this</em>" in html
    assert 'href="mailto:me@example.com"' in html


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("x: http://example.com/a", "http://example.com/a"),
        ("(https://example.com)", "https://example.com"),
        ("mailto:me@example.com", "mailto:me@example.com"),
        ("a:b <https://example.com/c:d>", "https://example.com/c:d"),
    ],
)
def test_addresses_without_brackets_are_still_links(text, address):
    assert f'href="{address}"' in render_markdown(text)


def test_a_text_with_too_many_cells_or_too_deep_elements_is_shown_plain_with_a_reason():
    row = "|a" * 100 + "|\n"
    cells = row + "|-" * 100 + "|\n" + row * (CELLS_LIMIT // 100)
    deep = "<div>" * (DEPTH_LIMIT + 1) + "x" + "</div>" * (DEPTH_LIMIT + 1)

    for text in (cells, deep, "a\n" * (LINES_LIMIT + 1)):
        assert re.match(r'<p class="soft">[^<]+</p><pre>', render_markdown(text))
    assert clean_html(deep).startswith('<p class="soft">')
    assert "<table>" in render_markdown(row + "|-" * 100 + "|\n" + row * 100)


def test_elements_beside_one_another_and_without_an_end_are_no_depth():
    html = render_markdown(
        "<p>a\n" * 2000 + "\n\n" + "<div>b</div>\n\n" * 500 + "<ul>" + "<li>c<br>" * 1000 + "</ul>"
    )

    assert html.startswith("<p>a")


def test_code_of_one_page_shares_one_budget():
    budget = HighlightBudget(characters=20)

    assert "<span" in highlight_code("import os", "python", budget)
    assert highlight_code("import os.path", "python", budget) == "import os.path"
    assert highlight_code("import os", "python", HighlightBudget(seconds=0)) == "import os"


def test_slow_code_is_shown_without_highlighting():
    budget = HighlightBudget(seconds=0.01)

    assert highlight_code("a = [1]\n" * 20_000, "python", budget) == ("a = [1]\n" * 20_000)
    assert budget.seconds <= 0
