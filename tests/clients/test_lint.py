"""The OpenAPI document against the rules of a linter."""

import json
from pathlib import Path

import pytest

from tests.clients.tools import node_tool, run

pytestmark = pytest.mark.slow
CONFIG = Path(__file__).with_name("redocly.yaml")
SILENT = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def problems(document: Path) -> list[str]:
    """Return what the linter finds, as `rule place`."""
    lint = [node_tool("redocly"), "lint", document, "--config", CONFIG, "--format", "json"]
    try:
        words = run(*lint, "--max-problems", "200", folder=document.parent, **SILENT)
    except AssertionError as error:
        words = str(error)
    report = json.loads(words[words.index("{") : words.rindex("}") + 1])
    return [f"{one['ruleId']} {one['location'][0]['pointer']} {one['message']}" for one in report["problems"]]


def test_the_linter_finds_nothing(any_document):
    assert problems(any_document) == []


def test_the_linter_notices_an_operation_without_an_id(tmp_path, any_document):
    document = json.loads(any_document.read_text())
    calls = next(iter(document["paths"].values()))
    next(iter(calls.values())).pop("operationId")
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(document))

    assert [one for one in problems(file) if one.startswith("operation-operationId ")]
