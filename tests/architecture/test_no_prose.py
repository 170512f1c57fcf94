"""Tests assert on values, ids and data attributes, so that every sentence may be reworded."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
CATALOG = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
FOLDERS = ("api", "browser", "compat", "system", "unit")
# what stands between two pieces of a sentence: placeholders, and the markup inside of it
GAP = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]+>")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
MARKS = ".,:;?!()“”\"'"
# how Playwright finds elements by their words
BY_WORDS = {"get_by_text", "get_by_label", "get_by_placeholder", "get_by_title", "get_by_alt_text"}
WITH_WORDS = {"name", "has_text", "has_not_text"}
FEWEST_WORDS = 3


def words_of(text: str) -> str:
    """Return the words of a text between single spaces; names and numbers are left out."""
    words = (part.strip(MARKS) for part in text.lower().split())
    return f" {' '.join(word for word in words if WORD.fullmatch(word))} "


@cache
def sentences() -> frozenset[str]:
    """Return what the site says in English, as it stands in the catalog."""
    entries = [entry for entry in polib.pofile(str(CATALOG)) if not entry.obsolete]
    return frozenset(text for entry in entries for text in (entry.msgid, entry.msgid_plural) if text)


@cache
def pieces() -> frozenset[str]:
    """Return the words of each sentence, cut where a value is filled in."""
    found = (words_of(part) for sentence in sentences() for part in GAP.split(sentence))
    return frozenset(piece for piece in found if len(piece.split()) >= FEWEST_WORDS)


@cache
def filled_in() -> list[re.Pattern[str]]:
    """Return what finds a sentence with its values filled in, each of a few words at most."""
    found = []
    for sentence in sentences():
        parts = [words.strip() for part in GAP.split(sentence) if (words := words_of(part)).strip()]
        if len(parts) > 1 and len(" ".join(parts).split()) >= FEWEST_WORDS:
            found.append(re.compile(" " + r" (?:\S+ ){0,3}".join(map(re.escape, parts)) + " "))
    return found


def is_prose(text: str) -> bool:
    """Return whether a text is part of a sentence of the site, or holds one or a whole piece of one."""
    words = words_of(text)
    return len(words.split()) >= FEWEST_WORDS and (
        any(words in piece or piece in words for piece in pieces())
        or any(pattern.search(words) for pattern in filled_in())
    )


def literals(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield line and text of each string below a node; of an f-string its fixed parts together."""
    inside = {id(part) for one in ast.walk(node) if isinstance(one, ast.JoinedStr) for part in one.values}
    for one in ast.walk(node):
        if isinstance(one, ast.JoinedStr):
            yield one.lineno, " ".join(part.value for part in one.values if isinstance(part, ast.Constant))
        elif isinstance(one, ast.Constant) and id(one) not in inside:
            if isinstance(one.value, str):
                yield one.lineno, one.value
            elif isinstance(one.value, bytes):
                yield one.lineno, one.value.decode("latin-1")


def looked_up(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the words by which a browser test looks up an element."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = getattr(call.func, "attr", "")
        if name in BY_WORDS:
            yield from (found for argument in call.args[:1] for found in literals(argument))
        if name.startswith("get_by_") or name in {"locator", "filter"}:
            given = [keyword.value for keyword in call.keywords if keyword.arg in WITH_WORDS]
            yield from (found for argument in given for found in literals(argument))


def expected(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the texts that a test expects: in assertions, `match=`, parameters and `expect`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            yield from literals(node.test)
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "attr", "")
            if name in {"to_have_text", "to_contain_text", "parametrize"}:
                yield from (found for argument in node.args for found in literals(argument))
            yield from (
                found for keyword in node.keywords if keyword.arg == "match" for found in literals(keyword)
            )


def prose_in(source: str) -> list[str]:
    tree = ast.parse(source)
    found = {line: text for line, text in expected(tree) if is_prose(text)}
    found |= {line: text for line, text in looked_up(tree) if text in sentences() or is_prose(text)}
    return [f"line {line}: {text}" for line, text in sorted(found.items())]


def test_no_test_holds_on_to_a_sentence_of_the_site():
    files = [file for folder in FOLDERS for file in (ROOT / "tests" / folder).rglob("*.py")]
    found = {str(file.relative_to(ROOT)): prose for file in files if (prose := prose_in(file.read_text()))}

    assert len(files) > 100
    assert found == {}


@pytest.fixture
def site_of_samples(monkeypatch):
    """Put a few sentences in the place of those of the catalog, which are reworded now and then."""
    samples = {
        "Nothing was found",
        "That is not the code.",
        "%(name)s has %(count)s commits that %(base)s lacks",
        "You may not do this here.",
        "Sign in",
        "Save visibility",
        "New branch",
        "There is nobody of this name.",
    }
    for cached in (pieces, filled_in):
        cached.cache_clear()
    monkeypatch.setattr(f"{__name__}.sentences", lambda: frozenset(samples))
    yield
    for cached in (pieces, filled_in):
        cached.cache_clear()


@pytest.mark.usefixtures("site_of_samples")
@pytest.mark.parametrize(
    "code",
    [
        'assert "Nothing was found" in page',
        "assert b'That is not the code.' in response.content",
        'assert f"{name} has 2 commits that main lacks" in page',
        'with pytest.raises(Forbidden, match="You may not do this here"): pass',
        'page.get_by_text("Sign in")',
        'page.get_by_role("button", name="Save visibility")',
        'page.locator("summary", has_text="New branch")',
        'expect(row).to_contain_text("That is not the code")',
        '@pytest.mark.parametrize("why", ["There is nobody of this name"])\ndef test(): pass',
    ],
)
def test_the_check_sees_sentences_of_the_site(code):
    assert prose_in(code)


@pytest.mark.usefixtures("site_of_samples")
@pytest.mark.parametrize(
    "code",
    [
        '"""There is nobody of this name."""\nassert errors == ["NamespaceNotFound"]',
        'assert "owner/tiny-sentiment" in page',
        'assert data_of(page, "ahead") == ["2"]',
        'page.get_by_role("region", name="vocab.txt")',
        'page.locator("#id_content").fill("There is nobody of this name.")',
    ],
)
def test_the_check_leaves_values_alone(code):
    assert prose_in(code) == []
