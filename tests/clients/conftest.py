"""Clients that generators make of the OpenAPI document."""

from pathlib import Path

import pytest

from apps.core.rest.generator import document_bytes
from tests.clients.tools import node_modules, node_tool, python_tool, run

HERE = Path(__file__).parent


@pytest.fixture(scope="session", params=["public", "workers"])
def any_document(request, tmp_path_factory) -> Path:
    """The file of each document."""
    file = tmp_path_factory.mktemp("documents") / f"{request.param}.json"
    file.write_bytes(document_bytes(is_internal=request.param == "workers"))
    return file


@pytest.fixture(scope="session")
def document(tmp_path_factory) -> Path:
    """The file of the public document."""
    file = tmp_path_factory.mktemp("document") / "openapi.json"
    file.write_bytes(document_bytes(is_internal=False))
    return file


@pytest.fixture(scope="session")
def python_client(document) -> Path:
    """The folder with the generated package `banyan_client`; a warning of the generator is a failure."""
    folder = document.parent / "python"
    folder.mkdir()
    run(
        python_tool("openapi-python-client"),
        "generate",
        "--path",
        document,
        "--config",
        HERE / "python_client.yaml",
        "--output-path",
        folder / "banyan_client",
        "--meta",
        "none",
        "--fail-on-warning",
        folder=folder,
    )
    return folder


@pytest.fixture(scope="session")
def typescript_client(document) -> Path:
    """The folder with the generated types `api.d.ts`, where modules are found."""
    folder = document.parent / "typescript"
    folder.mkdir()
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "node_modules").symlink_to(node_modules())
    run(node_tool("openapi-typescript"), document, "--output", folder / "api.d.ts", folder=folder)
    return folder
