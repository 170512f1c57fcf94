"""The credentials of a machine-learning worker allow taking messages and claiming jobs, and nothing else."""

from __future__ import annotations

import base64
import json
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import redis
import requests
from celery import Celery

from tests.conftest import wait_until
from tests.system.local_stack import TestStack

pytestmark = pytest.mark.slow

# two jobs claimed by another worker, and an unrelated private repository
OTHERS = """
import json
from django.db import transaction
from tests.job_makers import a_running_job
from tests.makers import a_repo, the_cast
cast = the_cast()
repo = a_repo(cast.owner, "hidden", is_private=True)
with transaction.atomic():
    (one, claim), (two, _) = (a_running_job(cast.owner, cast.staff, is_public=False) for _ in range(2))
print(json.dumps({"mine": str(one.id), "key": claim.key, "other": str(two.id), "repo": repo.address.id}))
"""
REFUSED_COMMANDS = [
    *(
        "FLUSHALL",
        "FLUSHDB",
        "CONFIG GET *",
        "CONFIG SET dir /tmp",
        "KEYS *",
        "SCAN 0",
        "RANDOMKEY",
        "DBSIZE",
        "INFO",
        "MONITOR",
        "SAVE",
    ),
    *(
        "BGSAVE",
        "BGREWRITEAOF",
        "SHUTDOWN",
        "REPLICAOF 127.0.0.1 1",
        "FAILOVER",
        "DEBUG SLEEP 0",
        "MODULE LIST",
        "MODULE LOAD /tmp/x.so",
    ),
    *(
        "ACL LIST",
        "ACL WHOAMI",
        "ACL SETUSER worker +@all",
        "CLIENT LIST",
        "CLIENT KILL TYPE normal",
        "SLOWLOG GET",
        "LATENCY LATEST",
    ),
    *(
        "EVAL return(1) 0",
        "EVALSHA 0 0",
        "SCRIPT LOAD return(1)",
        "FUNCTION LIST",
        "FCALL x 0",
        "SWAPDB 0 1",
        "MOVE cpu 1",
        "COPY cpu x",
    ),
    *(
        "GET x",
        "SET x 1",
        "SET cpu 1",
        "DEL cpu",
        "EXPIRE cpu 1",
        "RENAME cpu x",
        "DUMP cpu",
        "LRANGE cpu 0 -1",
        "LLEN cpu",
        "RPOP cpu",
    ),
    *(
        "LPUSH cpu x",
        "RPUSH gpu x",
        "LPUSH light x",
        "LMOVE cpu light LEFT LEFT",
        "BRPOP light 1",
        "BRPOP cpu light 1",
        "BLPOP cpu 1",
    ),
    *(
        "SADD _kombu.binding.cpu x",
        "SMEMBERS _kombu.binding.cpu",
        "HGETALL unacked",
        "XADD jobs * a b",
        "XREAD STREAMS jobs 0",
    ),
    *("SUBSCRIBE x", "PSUBSCRIBE *", "PUBLISH x y", "MULTI", "WATCH cpu"),
]


class Touch:
    """Creates a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = str(file)

    def __reduce__(self):
        return os.mknod, (self.file,)


def pickled_message(task: str, file: Path) -> str:
    """Return a Celery message with a pickled body."""
    body = base64.b64encode(pickle.dumps(([Touch(file)], {}, {}))).decode()
    properties = {
        "body_encoding": "base64",
        "delivery_tag": str(uuid4()),
        "delivery_info": {"exchange": "", "routing_key": "x"},
    }
    headers = {"task": task, "id": str(uuid4()), "lang": "py"}
    kind = {"content-type": "application/x-python-serialize", "content-encoding": "binary"}
    return json.dumps({"body": body, **kind, "headers": headers, "properties": properties})


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Iterator[TestStack]:
    stack = TestStack(tmp_path_factory.mktemp("worker") / "d", settings={"JOB_LEASE_SECONDS": "600"})
    stack.folder.parent.chmod(0o711)
    stack.start()
    yield stack
    stack.stop()


@pytest.fixture(scope="module")
def worker_env(stack) -> dict[str, str]:
    """The BANYAN_ variables of the worker's process."""
    environment = wait_until(lambda: stack.part("workers.ml.app").environ(), what="the worker")
    return {name: value for name, value in environment.items() if name.startswith("BANYAN_")}


@pytest.fixture(scope="module")
def others(stack) -> dict[str, str]:
    return json.loads(stack.shell(OTHERS))


def as_worker(worker_env: dict[str, str], **place: str) -> redis.Redis:
    """Connect with the worker's name and password, by default to its queue."""
    parts = urlsplit(worker_env["BANYAN_QUEUE_URL"])
    return redis.Redis(
        **{"unix_socket_path": parts.path, "username": parts.username, "password": parts.password, **place}
    )


def as_site(stack: TestStack, folder: str, secret: str, number: int = 0) -> redis.Redis:
    password = (stack.folder / "secrets" / secret).read_text()
    return redis.Redis(
        unix_socket_path=str(stack.folder / folder / "valkey.sock"), password=password, db=number
    )


def test_its_addresses_name_the_queue_and_the_site_alone(stack, worker_env):
    assert urlsplit(worker_env["BANYAN_QUEUE_URL"]).path == str(stack.folder / "queue" / "valkey.sock")
    assert not [
        value
        for value in worker_env.values()
        if str(stack.folder / "valkey") in value or str(stack.folder / "secrets") in value
    ]


@pytest.mark.parametrize("command", REFUSED_COMMANDS)
def test_in_the_queue_it_can_only_take_messages(worker_env, command):
    with (
        as_worker(worker_env) as client,
        pytest.raises(redis.ResponseError, match=r"(?i)no permissions|not allowed"),
    ):
        client.execute_command(*command.split())


def test_no_database_of_the_queue_is_open_to_it(worker_env):
    for number in (0, 1, 2):
        with as_worker(worker_env, db=number) as client, pytest.raises(redis.exceptions.NoPermissionError):
            client.get(":2:readyz:v1")


@pytest.mark.parametrize("user", [{}, {"username": "default"}, {"username": None, "password": None}])
def test_it_cannot_use_cache_and_events(stack, worker_env, user):
    place = {"unix_socket_path": str(stack.folder / "valkey" / "valkey.sock")}
    with (
        as_worker(worker_env, **place, **user) as client,
        pytest.raises(redis.exceptions.AuthenticationError),
    ):
        client.ping()


@pytest.mark.parametrize(("task", "queue"), [("light.pack_repositories", "light"), ("ml.run_job", "cpu")])
def test_it_cannot_send_tasks(stack, worker_env, task, queue):
    with (
        Celery("other", broker=worker_env["BANYAN_QUEUE_URL"], set_as_current=False) as app,
        pytest.raises(Exception, match="permissions"),
    ):
        app.send_task(task, [str(uuid4())], queue=queue, retry=False)

    assert not as_site(stack, "queue", "queue_site").exists("light")


def test_a_pickle_in_its_queue_is_not_executed(stack, worker_env, tmp_path):
    proof, job_id = tmp_path / "proof", str(uuid4())
    as_site(stack, "queue", "queue_site").lpush("cpu", pickled_message("ml.run_job", proof))

    stack.shell(
        f"from apps.core.queue import Queue, send; print(send('ml.run_job', '{job_id}', queue=Queue.CPU))"
    )

    queue = as_site(stack, "queue", "queue_site")
    wait_until(lambda: not queue.llen("cpu"), what="the next message to be taken")
    assert not proof.exists()


def test_a_pickle_among_the_tasks_of_the_site_is_not_executed(stack, tmp_path):
    proof, leftover = tmp_path / "proof", f"job:{uuid4()}:live"
    tasks, events = (as_site(stack, "valkey", "redis", number) for number in (0, 2))
    tasks.lpush("light", pickled_message("light.forget_job_streams", proof))
    events.xadd(leftover, {"kind": "log"})

    stack.shell("from apps.core.queue import send; print(send('light.forget_job_streams'))")

    wait_until(lambda: not events.exists(leftover), what="the next task")
    assert not proof.exists()


def test_a_pickle_in_the_cache_is_not_executed(stack, tmp_path):
    proof = tmp_path / "proof"
    cache = as_site(stack, "valkey", "redis", 1)
    requests.get(f"{stack.url}/models", timeout=30)
    for key in cache.keys("*"):
        cache.set(key, pickle.dumps(Touch(proof)))

    assert requests.get(f"{stack.url}/models", timeout=30).status_code == 200
    assert not proof.exists()


def asks(others: dict[str, str]) -> list[tuple[str, str, object]]:
    """What neither a worker nor another job's key may do."""
    job, repo = f"/api/v1/jobs/{others['other']}", others["repo"]
    return [
        ("GET", f"/api/models/{repo}", None),
        ("GET", f"/api/models/{repo}/tree/main", None),
        ("GET", f"/{repo}/resolve/main/README.md", None),
        ("GET", f"/{repo}.git/info/refs?service=git-upload-pack", None),
        ("POST", f"/api/models/{repo}/commit/main", {}),
        ("POST", "/api/repos/create", {"type": "model", "name": "new", "organization": "owner"}),
        ("GET", job, None),
        ("GET", f"{job}/events", None),
        ("POST", f"{job}/events", {"attempt": 1, "events": []}),
        ("POST", f"{job}/cancel", {}),
        ("POST", f"{job}/retry", {}),
        ("GET", "/metrics", None),
    ]


@pytest.mark.parametrize("credential", ["worker token", "key of another job"])
def test_over_http_it_reaches_neither_jobs_nor_repositories_of_others(stack, worker_env, others, credential):
    token = worker_env["BANYAN_WORKER_TOKEN"] if credential == "worker token" else others["key"]
    headers = {"Authorization": f"Bearer {token}"}

    answers = [
        requests.request(method, stack.url + path, json=body, headers=headers, timeout=30)
        for method, path, body in asks(others)
    ]

    assert [
        (answer.url, answer.status_code, answer.text[:200])
        for answer in answers
        if answer.status_code not in (401, 403, 404)
    ] == []


def test_a_claim_of_a_claimed_job_is_refused(stack, worker_env, others):
    claim = {
        "worker": "other",
        "hardware": {"device": "cpu", "name": "x", "cores": 1, "memory_bytes": 1},
        "versions": {},
    }
    headers = {"Authorization": f"Bearer {worker_env['BANYAN_WORKER_TOKEN']}"}

    answer = requests.post(
        f"{stack.url}/api/v1/jobs/{others['other']}/claim", json=claim, headers=headers, timeout=30
    )

    assert answer.status_code == 409
