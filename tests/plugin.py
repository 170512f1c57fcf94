"""Starts a PostgreSQL and a Valkey for one test run, before Django reads its settings."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

_running: list = []


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config, parser, args):
    if "--help" in args or "--version" in args or _running:
        return
    folder = Path(tempfile.mkdtemp(prefix="banyan-test-"))
    folder.chmod(0o711)
    os.environ.update(DATA_DIR=str(folder), ECOSYSTEM_TEST="1", DJANGO_ALLOW_ASYNC_UNSAFE="1", LOG_LEVEL="WARNING")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    # a run starts hundreds of processes: what they import is compiled once, whatever the shell says
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    from apps.core.catalogues import compile_catalogues
    from ecosystem.services.embedded import embedded

    compile_catalogues(Path(__file__).resolve().parent.parent / "locale")
    services = embedded()
    for service in services:
        service.start()
    _running.append((folder, services))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Begin with the files that take longest, so that at the end no worker is left alone with one of them."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    while _running:
        folder, services = _running.pop()
        for service in services:
            service.stop()
        shutil.rmtree(folder, ignore_errors=True)
