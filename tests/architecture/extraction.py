"""Extracts the translatable strings of the project without the gettext tools."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent.parent
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ugettext", "ngettext", "ngettext_lazy"}
WITH_CONTEXT = {"pgettext", "pgettext_lazy", "npgettext", "npgettext_lazy"}
STRING = r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
IN_TEMPLATE = re.compile(rf"\b(n?p?gettext|_)\(\s*{STRING}(?:\s*,\s*{STRING})?")


def python_files() -> Iterator[Path]:
    for folder in ("apps", "ecosystem"):
        yield from (ROOT / folder).rglob("*.py")


def template_files() -> Iterator[Path]:
    for pattern in ("*.html", "*.txt"):
        yield from (ROOT / "templates").rglob(pattern)


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


def sentences() -> dict[str, Path]:
    """Return each string with one file that contains it."""
    found: dict[str, Path] = {}
    for file in python_files():
        found.update(dict.fromkeys(in_python(file.read_text()), file))
    for file in template_files():
        found.update(dict.fromkeys(in_template(file.read_text()), file))
    found.pop("", None)
    return found
