"""Clients in all tested versions, and the record of what works with each.

A test with `@pytest.mark.method("create_repo", …)` and the fixture `hub` records for each version whether
these methods work; `client="curl"` names another client. `python -m tests.compat.matrix` writes the table.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path

import pytest

from tests.compat.clients import Client
from tests.compat.versions import HUB_VERSIONS, hub_python, label

label = cache(label)
RECORD = "MATRIX_FILE"
_found: dict[str, dict[str, dict[str, bool]]] = {}


@pytest.fixture(params=HUB_VERSIONS)
def hub(request, client_env, live_cast, tmp_path) -> Client:
    """The owner's hub client, in each version."""
    return Client(client_env, tmp_path, live_cast.owner.token, hub_python(request.param))


@pytest.fixture
def client(client_env, live_cast, tmp_path) -> Client:
    """The owner's clients of the test environment."""
    return Client(client_env, tmp_path, live_cast.owner.token)


def pytest_configure(config) -> None:
    config.addinivalue_line(
        "markers",
        "method(*names, client): client methods that a test covers; client is huggingface_hub by default",
    )


def pytest_itemcollected(item) -> None:
    """Attach the covered methods to each test, so that its report has them."""
    for mark in item.iter_markers("method"):
        client = mark.kwargs.get("client", "huggingface_hub")
        release = getattr(item, "callspec", None) and item.callspec.params.get("hub")
        seen = f"{client} {release}" if release and client == "huggingface_hub" else label(client)
        item.user_properties += [("method", (client, seen, name)) for name in mark.args]


def pytest_runtest_logreport(report) -> None:
    if report.when == "call" or report.failed:
        for kind, value in report.user_properties:
            if kind == "method":
                client, seen, name = value
                row = _found.setdefault(client, {}).setdefault(name, {})
                row[seen] = row.get(seen, True) and report.passed


def pytest_sessionfinish(session) -> None:
    if os.environ.get(RECORD) and not hasattr(session.config, "workerinput"):
        Path(os.environ[RECORD]).write_text(json.dumps(_found))
