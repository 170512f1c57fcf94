"""Extracts the translatable strings of the project without the gettext tools."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent.parent
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ugettext", "ngettext", "ngettext_lazy"}
WITH_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
STRING = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
IN_TEMPLATE = re.compile(rf"\b(n?p?gettext|_)\(\s*{STRING}(?:\s*,\s*{STRING})?")


def python_files(folders: tuple[str, ...] = ("apps", "ecosystem")) -> Iterator[Path]:
    for folder in folders:
        yield from (ROOT / folder).rglob("*.py")


def template_files(folders: tuple[str, ...] = ("templates",)) -> Iterator[Path]:
    for folder in folders:
        for pattern in ("*.html", "*.txt"):
            yield from (ROOT / folder).rglob(pattern)


def in_python(source: str) -> Iterator[str]:
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    for call in calls:
        name = getattr(call.func, "id", None) or getattr(call.func, "attr", None)
        words = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
        if name in MARKS and words and isinstance(words[0], str):
            yield words[0]
        elif name in WITH_CONTEXT and len(words) > 1:
            yield words[1]


def in_template(source: str) -> Iterator[str]:
    for function, first, second in IN_TEMPLATE.findall(templatize(source)):
        words = second if function in ("pgettext", "npgettext") else first
        if words:
            yield ast.literal_eval(words)


def sentences() -> dict[str, set[Path]]:
    """Return each string of the site and of the test app with the files that contain it."""
    found: dict[str, set[Path]] = defaultdict(set)
    for file in python_files(("apps", "ecosystem", "tests/sample")):
        for words in in_python(file.read_text()):
            found[words].add(file.relative_to(ROOT))
    for file in template_files(("templates", "tests/sample/templates")):
        for words in in_template(file.read_text()):
            found[words].add(file.relative_to(ROOT))
    found.pop("", None)
    return dict(found)
