"""No module uses or patches private internals of the interpreter or of a library."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OWN = ("apps", "ecosystem", "workers", "tests")
# documented despite the underscore
DOCUMENTED = {"os._exit"}
CODE = ("__code__", "co_stacksize")
CHANGES = {"setdefault", "pop", "popitem", "update", "clear"}
SETTERS = {"setattr", "setitem", "delattr", "delitem", "dict", "object"}


def is_private(name: str) -> bool:
    return any(part.startswith("_") and not part.startswith("__") for part in name.split("."))


def is_own(module: str) -> bool:
    return module.split(".")[0] in OWN


def dotted(node: ast.AST) -> str:
    """Return a.b.c of an expression of names and attributes, "" of any other."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (head := dotted(node.value)):
        return f"{head}.{node.attr}"
    return ""


class Internals(ast.NodeVisitor):
    """Collects (line, name) of the uses of private internals in one module.

    foreign  imported names of other projects or of Python, and their full names
    """

    def __init__(self) -> None:
        self.found: list[tuple[int, str]] = []
        self.foreign: dict[str, str] = {}

    def note(self, node: ast.AST, what: str) -> None:
        self.found.append((getattr(node, "lineno", 0), what))

    def whole(self, node: ast.AST) -> str:
        """Return the dotted name of an expression, with imported names resolved; "" if it is our own."""
        head, _, rest = dotted(node).partition(".")
        module = self.foreign.get(head, "")
        return ".".join(filter(None, (module, rest))) if module else ""

    def _bind(self, alias: ast.alias, name: str) -> None:
        if not is_own(name):
            bound = alias.asname or alias.name.split(".")[0]
            self.foreign[bound] = name if alias.asname or "." not in alias.name else bound

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self._bind(alias, alias.name)
            self._check_import(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        if node.level:
            return
        for alias in node.names:
            name = f"{node.module}.{alias.name}"
            if not is_own(name):
                self.foreign[alias.asname or alias.name] = name
            self._check_import(node, name)

    def _check_import(self, node: ast.AST, name: str) -> None:
        if name.split(".")[0] == "ctypes" or (
            is_private(name) and not is_own(name) and name not in DOCUMENTED
        ):
            self.note(node, f"import {name}")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        name = self.whole(node)
        if node.attr in CODE or (is_private(node.attr) and name and name not in DOCUMENTED):
            self.note(node, name or node.attr)
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg in CODE:
            self.note(node.value, f"{node.arg}=")
        self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if self.whole(node.value) == "sys.modules" and not isinstance(node.ctx, ast.Load):
            self.note(node, "sys.modules[…] =")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        last = node.func.attr if isinstance(node.func, ast.Attribute) else dotted(node.func)
        if last in CHANGES and self.whole(node.func) == f"sys.modules.{last}":
            self.note(node, f"sys.modules.{last}()")
        if last in SETTERS and node.args:
            self._check_setter(node)
        if last in ("__import__", "import_module", "importorskip") and node.args:
            self._check_named(node, node.args[0])
        self.generic_visit(node)

    def _check_setter(self, node: ast.Call) -> None:
        """Check setattr(thing, "name", …), monkeypatch.setitem(sys.modules, …), patch.object(…)."""
        target = self.whole(node.args[0])
        name = node.args[1].value if len(node.args) > 1 and isinstance(node.args[1], ast.Constant) else ""
        if target == "sys.modules":
            self.note(node, "sys.modules[…] =")
        elif name in CODE or (target and isinstance(name, str) and is_private(name)):
            self.note(node, f"{target}.{name} =")

    def _check_named(self, node: ast.Call, name: ast.expr) -> None:
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            self._check_import(node, name.value)


def internals_in(source: str) -> list[str]:
    """Return the internals that a module uses, in the order of its lines."""
    visitor = Internals()
    visitor.visit(ast.parse(source))
    return [what for _line, what in sorted(visitor.found)]


def modules() -> Iterator[Path]:
    for folder in OWN:
        yield from sorted((ROOT / folder).rglob("*.py"))


def test_no_module_touches_internals():
    found = {
        str(file.relative_to(ROOT)): touched
        for file in modules()
        if (touched := internals_in(file.read_text()))
    }

    assert found == {}


@pytest.mark.parametrize(
    ("source", "touched"),
    [
        ("import ctypes", "import ctypes"),
        ("from ctypes import CDLL", "import ctypes.CDLL"),
        ("import ctypes.util as u", "import ctypes.util"),
        ("import importlib\nimportlib.import_module('ctypes')", "import ctypes"),
        ("import sys\nsys.modules['rich'] = None", "sys.modules[…] ="),
        ("import sys\ndel sys.modules['rich']", "sys.modules[…] ="),
        ("import sys as s\ns.modules.setdefault('rich', None)", "sys.modules.setdefault()"),
        ("from sys import modules\nmodules['rich'] = None", "sys.modules[…] ="),
        ("import sys\nmonkeypatch.setitem(sys.modules, 'rich', None)", "sys.modules[…] ="),
        ("import sys\nwith patch.dict(sys.modules, rich=None): pass", "sys.modules[…] ="),
        ("f.__code__ = g", "__code__"),
        ("setattr(f, '__code__', g)", ".__code__ ="),
        ("code.replace(co_stacksize=9)", "co_stacksize="),
        ("import _pytest.runner", "import _pytest.runner"),
        ("from _pytest import runner", "import _pytest.runner"),
        ("from gunicorn._secret import x", "import gunicorn._secret.x"),
        ("from django.test import _private", "import django.test._private"),
        ("import gunicorn.http as http\nhttp._reader", "gunicorn.http._reader"),
        (
            "from django.test import TestCase\nTestCase._fixture_teardown = empty",
            "django.test.TestCase._fixture_teardown",
        ),
        (
            "from django.test import TestCase\npatch.setattr(TestCase, '_fixture_teardown', empty)",
            "django.test.TestCase._fixture_teardown =",
        ),
    ],
)
def test_what_touches_internals_is_found(source, touched):
    assert internals_in(source) == [touched]


@pytest.mark.parametrize(
    "source",
    [
        "from __future__ import annotations",
        "import os\nos._exit(1)",
        "import sys\nprint('torch' in sys.modules, sys.modules['os'])",
        "from django.utils.translation import gettext as _\n_('x')",
        "from apps.core._own import _thing",
        "from ._own import _thing",
        "class A:\n    def f(self):\n        self._x = self.__class__._y",
        "model._meta.get_fields()",
        "view.__wrapped__",
        "from dataclasses import replace\nreplace(code, co_name='x')",
    ],
)
def test_what_is_public_or_ours_is_not(source):
    assert internals_in(source) == []
