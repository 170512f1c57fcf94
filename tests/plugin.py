"""Starts a PostgreSQL and a Valkey for one test run, before Django reads its settings."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import _pytest.runner
import pytest

from ecosystem.frames import with_room

_running: list = []


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config, parser, args):
    if "--help" in args or "--version" in args or _running:
        return
    folder = Path(tempfile.mkdtemp(prefix="banyan-test-"))
    folder.chmod(0o711)
    os.environ.update(
        DATA_DIR=str(folder), ECOSYSTEM_TEST="1", DJANGO_ALLOW_ASYNC_UNSAFE="1", LOG_LEVEL="WARNING"
    )
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    # a run starts hundreds of processes: what they import is compiled once, whatever the shell says
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    from apps.core.translations import compile_translations
    from ecosystem.services.embedded import embedded

    compile_translations(Path(__file__).resolve().parent.parent / "locale")
    # who only hands tests out to others needs no database
    hands_out = (
        getattr(early_config.known_args_namespace, "numprocesses", None)
        and "PYTEST_XDIST_WORKER" not in os.environ
    )
    if not hands_out:
        gc.disable()  # until all is loaded
    services = [] if hands_out else embedded()
    for service in services:
        service.start()
    _running.append((folder, services))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Begin with the files that take longest, so that at the end no worker is left alone with one of them."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish():
    """Leave alone what was imported, and look for garbage less often: thousands of requests answered in one process make much."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    gc.enable()


_pytest.runner.runtestprotocol = with_room(_pytest.runner.runtestprotocol)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    while _running:
        folder, services = _running.pop()
        for service in services:
            service.stop()
        # thousands of files: nobody waits for their end
        quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        subprocess.Popen(["rm", "-rf", folder], start_new_session=True, **quiet)
