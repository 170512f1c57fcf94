"""Texts that attack the readers of a page, and what would show that one of them works."""

import re
from html.parser import HTMLParser

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt&#58;alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[a](vbscript:x) <a href='  java\tscript:alert(1)'>b</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<form action=/posts/1/delete><button formaction=javascript:alert(1)>x</button></form>",
    '![a](x"onerror="alert(1))',
    '[a](/owner" onmouseover="alert(1))',
    "```mermaid\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    '@owner"><script>alert(1)</script>',
    "<div style='position:fixed' class='post' id='reply' data-window='/logout'>x</div>",
    '<a href="http://testserver/owner">"><script>alert(1)</script></a>',
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "</textarea><script>alert(1)</script>",
    "$\\href{javascript:alert(1)}{x}$",
]


class Danger(HTMLParser):
    """Collects what can run, and what fakes parts of the page in the text of posts."""

    def __init__(self):
        super().__init__()
        self.found, self.depth = [], 0

    def handle_starttag(self, tag, attributes):
        facts = {name: value or "" for name, value in attributes}
        is_text = "data-text" in facts
        if self.depth or is_text:
            self.depth += tag == "div"
        if any(name.startswith("on") or name in ("srcdoc", "formaction") for name in facts):
            self.found.append((tag, facts))
        links = (facts.get(name, "") for name in ("href", "src", "action"))
        if any(re.match(r"\s*(javascript|vbscript|data):", link, re.IGNORECASE) for link in links):
            self.found.append((tag, facts))
        if tag == "script" and "src" not in facts and "json" not in facts.get("type", ""):
            self.found.append((tag, facts))
        if (
            self.depth
            and not is_text
            and (
                tag in ("script", "iframe", "form", "style", "button", "input", "object")
                or "style" in facts
                or any(name.startswith(("data-", "hx-")) for name in facts)
            )
        ):
            self.found.append((tag, facts))

    def handle_endtag(self, tag):
        if self.depth and tag == "div":
            self.depth -= 1


def dangers(response) -> list:
    parser = Danger()
    parser.feed(response.content.decode())
    return parser.found
