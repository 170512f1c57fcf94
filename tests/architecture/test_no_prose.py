"""Tests assert on values, ids and data attributes, so that every sentence may be reworded."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.catalogs import entries_in, locale_folders

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("api", "browser", "compat", "system", "unit")
# separates the pieces of a sentence: placeholders and markup
GAP = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|<[^>]+>")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
MARKS = ".,:;?!()“”\"'"
# Playwright's look-ups by text
BY_WORDS = {"get_by_text", "get_by_label", "get_by_placeholder", "get_by_title", "get_by_alt_text"}
WITH_WORDS = {"name", "has_text", "has_not_text"}
FEWEST_WORDS = 3


def words_of(text: str) -> str:
    """Return the words of a text between single spaces, without names and numbers."""
    words = (part.strip(MARKS) for part in text.lower().split())
    return f" {' '.join(word for word in words if WORD.fullmatch(word))} "


@cache
def sentences() -> frozenset[str]:
    """Return the English messages of all catalogs."""
    entries = [entry for folder in locale_folders() for entry in entries_in(folder)]
    return frozenset(text for entry in entries for text in (entry.msgid, entry.msgid_plural) if text)


@cache
def pieces() -> frozenset[str]:
    """Return the words of each sentence, split at its placeholders."""
    found = (words_of(part) for sentence in sentences() for part in GAP.split(sentence))
    return frozenset(piece for piece in found if len(piece.split()) >= FEWEST_WORDS)


@cache
def filled_in() -> list[re.Pattern[str]]:
    """Return patterns of sentences whose placeholders are filled in with up to three words each."""
    found = []
    for sentence in sentences():
        parts = [words.strip() for part in GAP.split(sentence) if (words := words_of(part)).strip()]
        if len(parts) > 1 and len(" ".join(parts).split()) >= FEWEST_WORDS:
            found.append(re.compile(" " + r" (?:\S+ ){0,3}".join(map(re.escape, parts)) + " "))
    return found


def is_prose(text: str) -> bool:
    """Return whether a text is part of a sentence of the site, or contains one or a piece of one."""
    words = words_of(text)
    return len(words.split()) >= FEWEST_WORDS and (
        any(words in piece or piece in words for piece in pieces())
        or any(pattern.search(words) for pattern in filled_in())
    )


def literals(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each string below a node; the fixed parts of an f-string are one text."""
    inside = {id(part) for one in ast.walk(node) if isinstance(one, ast.JoinedStr) for part in one.values}
    for one in ast.walk(node):
        if isinstance(one, ast.JoinedStr):
            yield one.lineno, " ".join(part.value for part in one.values if isinstance(part, ast.Constant))
        elif isinstance(one, ast.Constant) and id(one) not in inside:
            if isinstance(one.value, str):
                yield one.lineno, one.value
            elif isinstance(one.value, bytes):
                yield one.lineno, one.value.decode("latin-1")


def lookups(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the texts by which a browser test looks up elements."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = getattr(call.func, "attr", "")
        if name in BY_WORDS:
            yield from (found for argument in call.args[:1] for found in literals(argument))
        if name.startswith("get_by_") or name in {"locator", "filter"}:
            given = [keyword.value for keyword in call.keywords if keyword.arg in WITH_WORDS]
            yield from (found for argument in given for found in literals(argument))


def expected_texts(tree: ast.AST) -> Iterator[tuple[int, str]]:
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
    found = {line: text for line, text in expected_texts(tree) if is_prose(text)}
    found |= {line: text for line, text in lookups(tree) if text in sentences() or is_prose(text)}
    return [f"line {line}: {text}" for line, text in sorted(found.items())]


def test_no_test_asserts_on_a_sentence_of_the_site():
    files = [file for folder in FOLDERS for file in (ROOT / "tests" / folder).rglob("*.py")]
    found = {str(file.relative_to(ROOT)): prose for file in files if (prose := prose_in(file.read_text()))}

    assert len(files) > 100
    assert found == {}


SAMPLES = frozenset(
    (
        "Sign in",
        "New branch",
        "Save visibility",
        "The code is wrong.",
        "%(branch)s has %(count)s commits that %(base)s does not have",
    )
)


@pytest.fixture
def sample_sentences(monkeypatch) -> Iterator[None]:
    """Check against samples, so that a reworded site does not change these tests."""
    monkeypatch.setattr(sys.modules[__name__], "sentences", lambda: SAMPLES)
    pieces.cache_clear()
    filled_in.cache_clear()
    yield
    pieces.cache_clear()
    filled_in.cache_clear()


@pytest.mark.parametrize(
    "code",
    [
        "assert b'The code is wrong.' in response.content",
        'assert f"{name} has 2 commits that main does not have" in page',
        'with pytest.raises(Forbidden, match="the code is wrong"): pass',
        'page.get_by_text("Sign in")',
        'page.get_by_role("button", name="Save visibility")',
        'page.locator("summary", has_text="New branch")',
        'expect(row).to_contain_text("The code is wrong")',
        '@pytest.mark.parametrize("why", ["The code is wrong"])\ndef test(): pass',
    ],
)
def test_the_check_sees_sentences_of_the_site(sample_sentences, code):
    assert prose_in(code)


@pytest.mark.parametrize(
    "code",
    [
        '"""The code is wrong."""\nassert errors == ["NamespaceNotFound"]',
        'assert "owner/tiny-sentiment" in page',
        'assert data_of(page, "ahead") == ["2"]',
        'page.get_by_role("region", name="vocab.txt")',
        'page.locator("#id_content").fill("The code is wrong.")',
    ],
)
def test_the_check_leaves_values_alone(sample_sentences, code):
    assert prose_in(code) == []
