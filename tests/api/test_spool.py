"""Temporary request files: where they are stored, and the disk reserve."""

import ast
import tempfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.core.files.uploadhandler import load_handler
from django.test import Client, RequestFactory

from apps.core.disk_space import DiskFull
from apps.core.web.spool import SMALL_BYTES, spool_folder, spooled_file
from apps.registry.gitstore.children import git_environment
from ecosystem import env

MIB = 1 << 20


@pytest.fixture
def full(settings):
    """A disk with less free space than the reserve."""
    settings.DISK_RESERVE_BYTES = 1 << 60


def a_file(size: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("receipt.json", bytes(size))


def test_all_temporary_files_of_the_site_lie_below_its_data_folder():
    assert env.DATA_DIR in Path(settings.FILE_UPLOAD_TEMP_DIR).parents
    assert env.DATA_DIR in Path(settings.SPOOL_ROOT).parents
    assert git_environment()["TMPDIR"] == str(settings.SPOOL_ROOT)


def test_a_large_file_of_a_form_is_spooled_there(db):
    request = RequestFactory().post("/verify", {"file": a_file(2 * MIB)})
    request.upload_handlers = [load_handler(name, request) for name in settings.FILE_UPLOAD_HANDLERS]

    file = request.FILES["file"]

    assert isinstance(file, TemporaryUploadedFile)
    assert Path(file.temporary_file_path()).parent == Path(settings.FILE_UPLOAD_TEMP_DIR)
    file.close()


def test_a_form_that_would_eat_the_reserve_is_refused(db, client, full):
    refused = client.post("/verify", {"file": a_file(2 * MIB)})

    assert refused.status_code == 507
    # contents in memory need no disk space
    assert client.post("/verify", {"receipt": "{}"}).status_code == 422


def test_the_guard_of_forms_passes_that_refusal_on(db, full):
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "a" * 32

    assert client.post("/verify", {"file": a_file(2 * MIB)}).status_code == 507


def test_writers_are_refused_before_the_reserve_and_readers_are_not(own_store, full):
    with pytest.raises(DiskFull):
        spool_folder()
    with pytest.raises(DiskFull):
        spooled_file(SMALL_BYTES + 1)

    with spooled_file(SMALL_BYTES) as file:
        file.write(b"x")


CALLS = {"TemporaryFile", "NamedTemporaryFile", "TemporaryDirectory", "mkdtemp", "mkstemp"}


def calls_without_folder(source: str) -> list[int]:
    """Return the lines of calls that create temporary files in the system's folder."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in CALLS
        and not any(keyword.arg == "dir" for keyword in node.keywords)
    ]


def test_no_process_of_the_web_puts_a_file_elsewhere():
    root = Path(settings.ROOT)
    found = {
        str(file.relative_to(root)): lines
        for folder in ("apps", "workers/light")
        for file in (root / folder).rglob("*.py")
        if (lines := calls_without_folder(file.read_text()))
    }

    assert found == {}
    assert calls_without_folder("tempfile.mkdtemp(\n    prefix='x'\n)") == [1]
    assert tempfile.gettempdir() != str(settings.SPOOL_ROOT)
