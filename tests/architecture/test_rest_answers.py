"""Answers of the REST API: new things say where they are, and a code has one status."""

import ast
from collections.abc import Iterator
from pathlib import Path

from apps.core.errors import Refusal, Unauthenticated
from tests.architecture.test_refusals import refusals

ROOT = Path(__file__).resolve().parents[2]
KIT = ROOT / "apps/core/rest/view.py"


def unplaced_answers(source: str) -> Iterator[int]:
    """Yield the lines of responses with status 201 that `created` does not make."""
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        if getattr(call.func, "id", "") == "Response" and any(
            word.arg == "status" and "201" in ast.unparse(word.value) for word in call.keywords
        ):
            yield call.lineno


def test_a_new_thing_is_answered_with_its_place():
    found = {
        str(file.relative_to(ROOT)): lines
        for file in (ROOT / "apps").rglob("*.py")
        if file != KIT and (lines := list(unplaced_answers(file.read_text())))
    }

    assert found == {}
    assert list(unplaced_answers("Response(body, status=201 if is_new else 200)")) == [1]


def test_a_code_has_one_status():
    statuses: dict[str, set[int]] = {}
    for refusal in refusals().values():
        if refusal is not Refusal and not issubclass(refusal, Unauthenticated):
            statuses.setdefault(refusal.code, set()).add(refusal.status)

    assert {code: found for code, found in statuses.items() if len(found) > 1} == {}
