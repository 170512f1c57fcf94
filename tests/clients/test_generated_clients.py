"""Generated clients play six tasks against the running site, where the test is the worker."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from apps.toolchain.contracts import EventKind
from apps.toolchain.jobs.models import Job
from apps.toolchain.receipts.services import record_result
from tests.api.matrix import session_of
from tests.clients.tools import node_tool, python_tool, run
from tests.conftest import wait_until
from tests.job_makers import a_claim, a_result, an_event, key_actor, report

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent


def work_once(staff, ended: threading.Event) -> None:
    """Claim the first job that is ordered, report on it and end it, as a worker would."""
    try:
        job = wait_until(lambda: ended.is_set() or Job.objects.first(), seconds=120, every=0.1, what="a job")
        if isinstance(job, Job):
            claim = a_claim(job, staff)
            report(claim, an_event(1, EventKind.STATE, state="running"))
            report(claim, an_event(2, EventKind.LOG, level="info", line="reading"))
            record_result(actor=key_actor(claim), job_id=job.pk, result=a_result(claim))
            report(claim, an_event(3, EventKind.STATE, state="succeeded"))
    finally:
        connection.close()


@pytest.fixture
def worker(live_cast) -> Iterator[None]:
    """A worker for the first job that is ordered."""
    ended = threading.Event()
    thread = threading.Thread(target=work_once, args=(live_cast.staff, ended))
    thread.start()
    yield
    ended.set()
    thread.join()


@pytest.fixture
def owner(site, live_cast) -> dict[str, str]:
    """What a client of the owner is told: the site, a token, and a signed-in browser's cookies."""
    browser = session_of(live_cast.owner)
    csrf = "c" * 32
    return {
        "URL": site.url,
        "TOKEN": live_cast.owner.token,
        "SESSION": browser.cookies["sessionid"].value,
        "CSRF": csrf,
    }


def check(words: str) -> None:
    """Check what the tasks saw, the last line of their output."""
    # states are queued, claimed, running and succeeded
    assert json.loads(words.splitlines()[-1]) == {
        "create": {
            "full_name": "owner/base",
            "license": "mit",
            "location": "/api/v1/repos/model/owner/base",
            "is_replayed": True,
            "taken": [409, "NameTaken"],
        },
        "upload": {"size_bytes": len("second"), "is_newest": True, "title": "Add notes"},
        "list": ["owner/base", "owner/tweets"],
        "watch": {"state": "succeeded", "kinds": [*["state"] * 3, "log", "state"], "is_same": True},
        "manage": {
            "grants": [["meadow", "admin"]],
            "is_revoked": True,
            "members": [["owner", "admin"]],
            "invitations": [["stranger", "write"]],
        },
        "receipt": ["Ed25519", 88],
    }


def test_a_generated_python_client_plays_six_tasks(python_client, owner, worker):
    words = run(
        python_tool("python"),
        HERE / "tasks.py",
        folder=python_client,
        PYTHONPATH=str(python_client),
        **owner,
    )

    check(words)


def test_a_generated_typescript_client_plays_six_tasks(typescript_client, owner, worker):
    shutil.copy(HERE / "tasks.ts", typescript_client)
    options = ("--strict", "--module", "nodenext", "--target", "es2022", "--lib", "es2023,dom")
    run(node_tool("tsc"), *options, "tasks.ts", folder=typescript_client)

    check(run("node", "tasks.js", folder=typescript_client, **owner))
