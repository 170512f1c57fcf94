"""core is a library: it does not name nouns of the product."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.layers import ROOT

NOUNS = frozenset(
    """
    repo repos repository repositories dataset datasets spaces kernel kernels card cards
    git lfs xet xorb xorbs shard shards gguf safetensors
    job jobs recipe recipes receipt receipts checkpoint checkpoints
    topic topics forum course courses invoice invoices package packages
    """.split()
)
# remaining exceptions; none is added
EXCEPTIONS = {
    # a job is a kind of actor
    "apps/core/actor.py": {"job"},
    # a job is counted by itself
    "apps/core/web/rate_limits.py": {"job"},
    # the placeholder and the links of the search page, and a class of its style sheet
    "templates/core/search.html": {"datasets", "repo"},
    # a class of the style sheet
    "templates/core/reference/_operations.html": {"card"},
    "templates/core/reference/_schemas.html": {"card"},
    "templates/core/reference/page.html": {"card"},
}


def words(text: str) -> set[str]:
    """Return the words of a text or an identifier, lower case: `RepoNotFound` has three."""
    return {word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text)}


def docstrings(tree: ast.AST) -> set[int]:
    """Return the ids of the nodes that are docstrings: prose may name an example."""
    holders = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, holders) and node.body and isinstance(node.body[0], ast.Expr)
    }


def names(source: str) -> Iterator[str]:
    """Yield the identifiers and strings of a module."""
    tree = ast.parse(source)
    prose = docstrings(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value
        for field in ("id", "attr", "name", "arg", "module"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                yield value


def nouns_of(path: Path) -> set[str]:
    text = path.read_text()
    if path.suffix != ".py":
        return words(text) & NOUNS
    return {word for name in names(text) for word in words(name)} & NOUNS


def paths() -> list[Path]:
    modules = [path for path in (ROOT / "apps/core").rglob("*.py") if "migrations" not in path.parts]
    return [*modules, *(ROOT / "templates/core").rglob("*.html")]


def test_core_names_no_product_noun():
    wrong = {}
    for path in paths():
        name = str(path.relative_to(ROOT))
        if nouns := nouns_of(path) - EXCEPTIONS.get(name, set()):
            wrong[name] = nouns

    assert wrong == {}


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_an_exception_is_still_needed(name):
    assert nouns_of(ROOT / name) == EXCEPTIONS[name]


@pytest.mark.parametrize(
    "source",
    [
        "def repo_of(request):\n    return request",
        "HEADER = 'X-Xet-Hash'",
        "from apps.registry import datasets",
        "def count(job_id):\n    return job_id",
        "class RepoNotFound(Exception):\n    pass",
        "value.receipt = 1",
    ],
)
def test_the_check_notices_a_noun(tmp_path, source):
    (tmp_path / "module.py").write_text(source)

    assert nouns_of(tmp_path / "module.py")


def test_prose_may_name_an_example(tmp_path):
    (tmp_path / "module.py").write_text('"""As the page of a repository does."""\n')

    assert nouns_of(tmp_path / "module.py") == set()
