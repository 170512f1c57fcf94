"""Starts a PostgreSQL and a Valkey for one test run, before Django reads its settings."""

from __future__ import annotations

import inspect
import os
import sys
import tempfile
from pathlib import Path

import pytest

from tests.guardian import guard

_running: list = []


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config, parser, args):
    if "--help" in args or "--version" in args or _running:
        return
    is_worker = "PYTEST_XDIST_WORKER" in os.environ
    folder = Path(tempfile.mkdtemp(prefix="banyan-test-"))
    folder.chmod(0o711)
    options = early_config.known_args_namespace
    if not is_worker and not options.basetemp:
        args[:] = [f"--basetemp={folder / 'tmp'}", *args]
    os.environ.update(
        DATA_DIR=str(folder), ECOSYSTEM_TEST="1", DJANGO_ALLOW_ASYNC_UNSAFE="1", LOG_LEVEL="WARNING"
    )
    # a second recipe, which no file of the product names: tests/workers/test_sample_recipe.py
    os.environ["BANYAN_RECIPES"] = str(Path(__file__).parent / "sample_recipe")
    # The import of the project below would choose the site's own.
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    guard(folder)
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    # A run starts hundreds of processes, so keep compiled modules whatever the shell has set.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    from apps.core.text.translations import compile_translations
    from ecosystem.services.embedded import embedded
    from tests.catalogs import locale_folders

    for catalogs in locale_folders():
        compile_translations(catalogs)
    # The controller of pytest-xdist needs no database.
    is_controller = getattr(options, "numprocesses", None) and not is_worker
    services = [] if is_controller else embedded()
    _running.extend(services)
    for service in services:
        service.start()


def pytest_addoption(parser):
    parser.addoption(
        "--on-site", action="store_true", help="send the requests of Django's test client to a running site"
    )


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config, items):
    """Mark tests that need a running site, and start with the slow files to balance the workers."""
    for item in items:
        if config.getoption("--on-site"):
            _move_to_site(item)
        if "site" in item.fixturenames:
            item.add_marker("site")
    result = yield
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
    return result


def _move_to_site(item):
    from tests.on_site import OWN_PROCESS

    if OWN_PROCESS & set(inspect.signature(item.function).parameters):
        item.add_marker(
            pytest.mark.skip(
                reason="changes this process, which the site does not see; the ordinary run plays it"
            )
        )
    elif {"client", "cast", "db"} & set(item.fixturenames):
        item.add_marker(pytest.mark.django_db(transaction=True))
        item.fixturenames.insert(0, "on_site")


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config):
    while _running:
        _running.pop().stop()
