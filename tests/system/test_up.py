"""`manage.py up` starts and stops the local stack, and restarts killed processes."""

import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.conftest import wait_until
from tests.system.local_stack import TestStack, command_of

pytestmark = pytest.mark.slow


def test_the_first_start_prints_url_administrator_and_client_setup(stack):
    assert stack.url in stack.output
    assert re.search(r"\badmin$", stack.output, re.MULTILINE)
    assert f"export HF_ENDPOINT={stack.url}" in stack.output
    assert stack.is_up()


def test_a_second_instance_on_the_same_folder_is_refused(stack):
    assert f"using the data folder {stack.folder}" in stack.refused()


def test_a_taken_port_is_named(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        stack = TestStack(tmp_path / "d", port=other.getsockname()[1])

        assert f"Port {stack.port}" in stack.refused()


def test_a_killed_web_process_restarts_and_sessions_survive(stack):
    stack.manage("create_user", "ada")
    master = stack.part("ecosystem.wsgi")
    old = [master, *master.children(recursive=True)]

    master.kill()

    wait_until(lambda: not any(map(command_of, old)), what="the end of the web process and of its workers")
    wait_until(stack.is_up, seconds=40, what="the site to answer again")
    assert "ada" in stack.manage("list_users")


@pytest.mark.parametrize("server", ["postgres", "valkey/valkey.sock", "queue/valkey.sock"])
def test_a_killed_database_or_queue_restarts_with_its_data(stack, server):
    with ThreadPoolExecutor(16) as visitors:

        def visit(_number) -> int:
            return requests.get(f"{stack.url}/models", timeout=30).status_code

        assert set(visitors.map(visit, range(48))) == {200}
        killed = stack.part(server)

        killed.kill()

        wait_until(lambda: stack.has_part(server, other_than=killed), seconds=30, what=f"a new {server}")
        wait_until(stack.is_up, seconds=30, what="the site to be ready again")
        assert set(visitors.map(visit, range(48))) == {200}
    assert "ada" in stack.manage("list_users")


PARTS = ("gunicorn", "caddy", "celery")


def test_a_killed_parent_ends_its_processes_and_the_next_start_has_all_data(stack):
    parts = [part for part in stack.parts() if any(word in command_of(part) for word in PARTS)]
    assert all(any(word in command_of(part) for part in parts) for word in PARTS)

    stack.process.kill()
    stack.process.wait()

    wait_until(lambda: not any(map(command_of, parts)), seconds=30, what="the end of all processes")
    stack.start()
    assert "ada" in stack.manage("list_users")


def test_a_guardian_that_is_killed_is_replaced(stack):
    guardian = stack.part("guardian.py")

    guardian.kill()

    wait_until(lambda: stack.has_part("guardian.py", other_than=guardian), what="a new guardian")
    stack.process.kill()
    stack.process.wait()
    wait_until(lambda: not stack.has_part("gunicorn", other_than=guardian), what="the end of the web server")
    stack.start()


def test_a_second_start_keeps_data_and_creates_no_second_administrator(stack):
    stack.stop()
    stack.start()

    assert "ada" in stack.manage("list_users")
    assert not re.search(r"\badmin$", stack.output, re.MULTILINE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_ends_every_process_and_keeps_the_data(stack, number):
    if stack.process.poll() is not None:
        stack.start()

    stack.stop(number)

    assert stack.process.returncode == 0, stack.output
    wait_until(
        lambda: not [part for part in stack.parts() if part.status() != "zombie"],
        seconds=10,
        what="the end of all parts",
    )
    assert "Stopped." in stack.output
