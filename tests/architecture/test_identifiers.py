"""Identifiers are the terms of docs/glossary.md, in American spelling."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("apps", "ecosystem", "workers", "tests")

# private word: term to use instead
PRIVATE = {
    "district": "domain",
    "room": "app, layer; free space, quota",
    "wire": "protocol",
    "face": "error renderer",
    "door": "policy",
    "house": "architecture, site",
    "box": "local stack, process",
    "nobody": "anonymous",
    "asked": "query, requested",
    "told": "data, serialize",
    "turns": "backpressure, in-flight requests",
    "program": "application",
    "picture": "avatar, image",
    "deposit": "upload context",
    "landing": "ref update",
    "landed": "ref update",
    "mend": "recover, replay",
    "mended": "recovered",
    "lone": "orphan",
    "doomed": "marked for deletion",
    "stray": "untracked",
    "freed": "reclaimable",
    "shelf": "search provider, kind labels",
    "shelve": "search provider, kind labels",
    "sheet": "presenter",
    "drawing": "chart, svg",
    "porter": "transfer process",
    "deathbed": "process limits",
    "voice": "event emitter",
    "patiently": "retry",
    "verdict": "outcome",
    "standing": "state, blockers",
    "knock": "call",
    "knocker": "caller",
    "beside": "background",
    "organisation": "organization",
    "licence": "license",
    "colour": "color",
    "coloured": "colored",
    "catalogue": "catalog",
    "behaviour": "behavior",
    "normalise": "normalize",
    "serialise": "serialize",
    "summarise": "summarize",
    "tokenise": "tokenize",
    "tokenised": "tokenized",
    "quantised": "quantized",
    "initialise": "initialize",
    "localised": "localized",
    "labelled": "labeled",
}
# classes are nouns
PARTICIPLES = {
    *(
        "asked",
        "told",
        "seen",
        "named",
        "held",
        "brought",
        "wanted",
        "placed",
        "counted",
        "found",
        "freed",
        "purged",
    ),
    *(
        "committed",
        "received",
        "kept",
        "given",
        "made",
        "taken",
        "drawn",
        "shown",
        "sent",
        "opened",
        "refused",
    ),
}
# file pattern -> identifiers with a word that is stored, public, or means something else there
EXEMPT: dict[str, set[str]] = {
    # an executable
    "ecosystem/services/postgres.py": {"program"},
    # the landing page
    "ecosystem/pages/*": {"landing"},
}


def words(identifier: str) -> list[str]:
    """Split an identifier: `RepoAtRevision` and `repo_at_revision` have the same words."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", identifier)]


def singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and word not in PRIVATE else word


def identifiers(tree: ast.AST) -> Iterator[tuple[str, int, bool]]:
    """Yield the names that a module defines: (identifier, line, whether it is a class)."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.ClassDef):
            yield node.name, line, True
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, line, False
        elif isinstance(node, ast.arg):
            yield node.arg, line, False
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg, node.value.lineno, False
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, line, False
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, line, False
        elif isinstance(node, ast.alias) and node.asname:
            yield node.asname, line, False


def private(source: str, path: str) -> list[str]:
    """Return the identifiers of a module that are not in the glossary's terms."""
    known = {name for pattern, names in EXEMPT.items() if fnmatch(path, pattern) for name in names}
    # names of tests are sentences
    named = [
        (name, line, is_class)
        for name, line, is_class in identifiers(ast.parse(source))
        if not name.startswith("test_")
    ]
    named += [
        (part.removesuffix(".py"), 0, False) for part in Path(path).parts if not part.startswith("test_")
    ]
    found = []
    for name, line, is_class in named:
        if name in known:
            continue
        wrong = [word for word in map(singular, words(name)) if word in PRIVATE]
        if is_class and words(name)[-1:] and words(name)[-1] in PARTICIPLES and len(words(name)) == 1:
            wrong.append(words(name)[-1])
        found += [f"{path}:{line} {name}: say {PRIVATE.get(word, 'a noun')}" for word in wrong]
    return found


def test_identifiers_are_terms_of_the_glossary():
    files = [
        file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py") if "migrations" not in file.parts
    ]

    assert [line for file in files for line in private(file.read_text(), str(file.relative_to(ROOT)))] == []


@pytest.mark.parametrize(
    "code",
    [
        "def told(x): ...",
        "class Shelf: ...",
        "class Seen: ...",
        "def f(asked_one): ...",
        "doors = []",
        "self.room = 1",
        "f(wire=1)",
        "from a import b as face",
        "class PorterError: ...",
    ],
)
def test_a_private_word_is_found_wherever_it_names_something(code):
    assert len(private(code, "apps/x.py")) == 1


@pytest.mark.parametrize(
    "code", ["'told'", "x.asked()", "def test_nobody_is_told(): ...", "class FoundRepo: ...", "# doors"]
)
def test_prose_strings_and_uses_of_others_names_are_free(code):
    assert private(code, "apps/x.py") == []


def test_modules_are_identifiers_too():
    assert len(private("", "apps/core/doors.py")) == 1
