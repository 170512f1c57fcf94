"""Refusals are translatable: no message is assembled in English."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from apps.core.errors import Refusal
from apps.registry.repos.errors import RevisionNotFound
from apps.toolchain.contracts import (
    ContractError,
    clean_params,
    format_message,
    recipe_for,
    translate_message,
)

ROOT = Path(__file__).resolve().parents[2]
# modules whose messages are for clients, in English: protocols, REST API, pushes, object stores, commands
ENGLISH_ONLY = (
    "/protocols/",
    "/api/",
    "/management/",
    "apps/core/idempotency/",
    "apps/core/objects/",
    "apps/core/rest",
    "apps/core/signing.py",
    "apps/registry/blobs/",
    "apps/registry/fine_tuning/",
    "apps/registry/gitstore/quarantine.py",
    "apps/registry/repos/api.py",
    "apps/registry/contents/services/push.py",
    "apps/registry/contents/services/pushed_objects.py",
    "apps/toolchain/checkpoints/api.py",
    "apps/toolchain/contracts/artifacts.py",
    "apps/toolchain/contracts/canonical.py",
    "apps/toolchain/contracts/checkpoints.py",
    "apps/toolchain/contracts/events.py",
    "apps/toolchain/contracts/fleet.py",
    "apps/toolchain/contracts/notes.py",
    "apps/toolchain/contracts/receipts.py",
    "apps/toolchain/contracts/recipes/text_classification.py",
    "apps/toolchain/contracts/results.py",
    "apps/toolchain/contracts/shapes.py",
    "apps/toolchain/contracts/spec.py",
    "apps/toolchain/contracts/views.py",
    "apps/toolchain/files/",
    "apps/toolchain/jobs/services/claim.py",
    "apps/toolchain/packages/distributions/",
    "apps/toolchain/upstream/",
    "apps/toolchain/packages/policies.py",
    "apps/toolchain/packages/services/issuers.py",
    "apps/toolchain/packages/services/trusted_publishing.py",
    "apps/toolchain/packages/services/upload.py",
    "apps/toolchain/packages/views/legacy.py",
    "apps/toolchain/packages/views/simple.py",
    "apps/toolchain/packages/views/trusted_publishing.py",
    "apps/toolchain/receipts/services.py",
)
OTHER_SHOWN_ERRORS = {"Unreadable", "UnreadableReceipt", "BadYaml", "BadSafetensors", "ContractError"}


def page_files() -> Iterator[Path]:
    for file in (ROOT / "apps").rglob("*.py"):
        path = str(file.relative_to(ROOT))
        if not any(path.startswith(part) or part in path for part in ENGLISH_ONLY):
            yield file


def refusals() -> dict[str, type[Refusal]]:
    found, waiting = {}, [Refusal]
    while waiting:
        kind = waiting.pop()
        found[kind.__name__] = kind
        waiting += kind.__subclasses__()
    return found


def built_in_english(source: str) -> Iterator[str]:
    """Yield refusals of a module whose message is an f-string or an untranslated string."""
    known = refusals()
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and node.args):
        name = getattr(call.func, "id", None) or getattr(call.func, "attr", "")
        if (name not in known and name not in OTHER_SHOWN_ERRORS) or (name in known and known[name].shown):
            continue
        if any(is_plain(part) for part in parts_of(call.args[0])):
            yield f"{name}, line {call.lineno}"


def parts_of(sentence: ast.expr) -> list[ast.expr]:
    """Return the parts of a message: values of a dict, both sides of a sum, without `%` arguments."""
    if isinstance(sentence, ast.Dict):
        return list(sentence.values)
    if isinstance(sentence, ast.BinOp):
        return [sentence.left] if isinstance(sentence.op, ast.Mod) else [sentence.left, sentence.right]
    return [sentence]


def is_plain(part: ast.expr) -> bool:
    return isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and bool(part.value))


def literal_codes(source: str) -> Iterator[str]:
    """Yield refusals whose code is an argument: the reference of the API lists the codes of classes."""
    known = refusals()
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        name = getattr(call.func, "id", None) or getattr(call.func, "attr", "")
        if name in known and any(
            word.arg == "code" and isinstance(word.value, ast.Constant) for word in call.keywords
        ):
            yield f"{name}, line {call.lineno}"


def test_a_code_belongs_to_a_class():
    files = [*(ROOT / "apps").rglob("*.py"), *(ROOT / "ecosystem").rglob("*.py")]
    wrong = {
        str(file.relative_to(ROOT)): found
        for file in files
        if (found := list(literal_codes(file.read_text())))
    }

    assert wrong == {}
    assert list(literal_codes('raise NotFound("nothing", code="Nothing")'))


def test_a_code_has_a_sentence_of_its_own():
    kinds = [kind for kind in refusals().values() if kind.__module__.startswith(("apps.", "ecosystem."))]

    assert [kind.__name__ for kind in kinds if "code" in vars(kind) and "default" not in vars(kind)] == []


def test_page_refusals_are_translatable():
    wrong = {
        str(file.relative_to(ROOT)): found
        for file in page_files()
        if (found := list(built_in_english(file.read_text())))
    }

    assert len(list(page_files())) > 100
    assert wrong == {}


@pytest.mark.parametrize(
    "code",
    ['raise NotFound(f"no {name}")', 'raise NotFound("nothing")', 'raise ContractError({"a": f"{b}"})'],
)
def test_the_check_of_refusals_sees_what_it_looks_for(code):
    assert list(built_in_english(code))


@pytest.mark.parametrize(
    "code", ['raise NotFound(_("no %(name)s") % {"name": name})', "raise NotFound", "raise NotFound(words)"]
)
def test_the_check_of_refusals_leaves_marked_ones_alone(code):
    assert not list(built_in_english(code))


def test_contract_messages_are_translated_on_pages():
    recipe = recipe_for("fine_tune", "text-classification")
    with pytest.raises(ContractError) as refused:
        clean_params(recipe, {"epochs": "0", "seed": "x"})

    english = refused.value.errors
    with translation.override("zh-hans"):
        chinese = {name: translate_message(translation.gettext, words) for name, words in english.items()}

    assert {name: re.findall(r"[\d.]+\d", words) for name, words in english.items()} == {
        "epochs": ["0.01", "1000"],
        "seed": [],
    }
    assert chinese == {"epochs": "必须在 0.01 到 1000 之间。", "seed": "必须是数字。"}


def test_a_sentence_without_values_may_hold_a_percent_sign():
    assert translate_message(str, format_message("100 % of it")) == "100 % of it"


def test_a_protocols_own_sentence_has_another_for_people():
    refusal = RevisionNotFound("Invalid rev id: x", revision="x")

    with translation.override("zh-hans"):
        assert refusal.message == "Invalid rev id: x"
        assert re.search("[\u4e00-\u9fff]", refusal.words)


@pytest.mark.parametrize("path", ["/api/models?cursor=no", "/api/v1/repos?cursor=no"])
def test_protocols_answer_in_english_whatever_the_browser_accepts(client, db, path):
    with translation.override("en"):
        answer = client.get(path, headers={"accept-language": "zh-CN"})

    assert answer.status_code == 400
    assert answer.content.isascii()
    assert b"cursor" in answer.content
