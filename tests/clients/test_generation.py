"""Generated clients have each operation of the OpenAPI document, without a warning of a generator."""

import json

import pytest

from tests.clients.tools import node_tool, run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def operations(document) -> dict[str, str]:
    """The path of each operation by its id."""
    paths = json.loads(document.read_text())["paths"]
    return {one["operationId"]: path for path, calls in paths.items() for one in calls.values()}


def test_every_operation_is_in_the_generated_python_client(python_client, operations):
    modules = {file.stem for file in (python_client / "banyan_client" / "api").glob("*/*.py")} - {"__init__"}

    assert modules == set(operations)


def test_every_operation_is_in_the_generated_typescript_client(typescript_client, operations):
    types = (typescript_client / "api.d.ts").read_text()

    assert [name for name in operations if f"    {name}: {{" not in types] == []
    assert [path for path in operations.values() if f'"{path}": {{' not in types] == []


def test_the_generated_types_compile(typescript_client):
    (typescript_client / "all.ts").write_text(
        'import type { paths } from "./api.js";\nexport type All = paths;\n'
    )

    run(node_tool("tsc"), "--strict", "--noEmit", "--module", "nodenext", "all.ts", folder=typescript_client)


def test_enums_have_one_name_in_generated_clients(python_client):
    models = {file.stem for file in (python_client / "banyan_client" / "models").glob("*.py")}

    assert {"repo_kind", "job_state", "namespace_role", "token_role", "gating", "device"} <= models
    assert [name for name in models if "type_1" in name] == []
