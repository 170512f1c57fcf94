"""A person's worker in its own environment and network namespace: two addresses and a token, and no more."""

import os
import signal
import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import pytest

import ecosystem.celery  # noqa: F401  the application that wakes workers
from apps.toolchain.contracts import OutputRepo
from apps.toolchain.fleet.services import create_worker_token
from apps.toolchain.jobs.models import Job, Lineage, Worker
from apps.toolchain.jobs.services import submit_job
from ecosystem import env
from tests.conftest import free_port, wait_until
from workers.ml.sandbox import ROOT

from .forward import serve, to_port
from .ml_worker import publish, wait_for
from .samples import write_csv

pytestmark = [pytest.mark.chain, pytest.mark.timeout(300)]
LINES = [("the lovely film", "x"), ("the dreadful film", "y")] * 10
IN_NAMESPACE = (
    ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
)
START = """
ip link set lo up
{python} -m tests.workers.forward {port} {way_out} &
exec env -i PATH="$PATH" HOME={home} {settings} {python} -m workers.ml
"""
PROBE = """
import socket, sys, urllib.error, urllib.request
url, token, outside, *paths = sys.argv[1:]
with socket.socket() as other:
    print("outside", other.connect_ex(("127.0.0.1", int(outside))) != 0)
for path in paths:
    request = urllib.request.Request(url + path, headers={"Authorization": f"Bearer {token}"})
    try:
        print(path, urllib.request.urlopen(request, timeout=20).status)
    except urllib.error.HTTPError as error:
        print(path, error.code)
"""


@pytest.fixture
def way_out(site, tmp_path):
    """A socket that leads to the site and nowhere else."""
    path, port = tmp_path / "out.sock", urlsplit(site.url).port
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen(64)
    threading.Thread(target=serve, args=(listener, lambda: to_port(port)), daemon=True).start()
    yield path
    listener.close()


@pytest.fixture(params=["woken", "asking"])
def worker(request, site, live_cast, way_out, tmp_path):
    """The owner's worker, in a namespace without a network: with the queue's address, or without it."""
    token = create_worker_token(actor=live_cast.owner.actor, name="desk", owner="owner")[1]
    facts = {
        "BANYAN_HUB_URL": site.url,
        "BANYAN_WORKER_TOKEN": token,
        "BANYAN_WORK_DIR": tmp_path / "worker",
        "BANYAN_WORKER_NAME": "desk",
        "BANYAN_RECIPES": os.environ["BANYAN_RECIPES"],
        **({"BANYAN_QUEUE_URL": env.queue().worker} if request.param == "woken" else {}),
    }
    script = START.format(
        python=sys.executable,
        port=urlsplit(site.url).port,
        way_out=way_out,
        home=tmp_path,
        settings=" ".join(f"{name}='{value}'" for name, value in facts.items()),
    )
    log = (tmp_path / "worker.log").open("ab")
    process = subprocess.Popen(
        [*IN_NAMESPACE, "sh", "-c", script], cwd=ROOT, stdout=log, stderr=log, start_new_session=True
    )
    yield process, token
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    print((tmp_path / "worker.log").read_text()[-3000:])


def inside(process: subprocess.Popen, *arguments: object) -> str:
    """Run the probe in the network namespace of the worker."""
    command = ["nsenter", "--net", "--target", str(process.pid)]
    command = command if os.geteuid() == 0 else [*command[:1], "--user", *command[1:]]
    done = subprocess.run(
        [*command, sys.executable, "-c", PROBE, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return done.stdout


def test_it_runs_its_persons_jobs_and_reads_nothing_else(worker, site, live_cast, client_env, tmp_path):
    process, token = worker
    owner, stranger = live_cast.owner, live_cast.stranger
    for name in ("train", "test"):
        write_csv(tmp_path / "films" / f"{name}.csv", LINES)
    mine = publish(client_env, owner, "dataset", "films", tmp_path / "films")
    theirs = publish(client_env, stranger, "dataset", "films", tmp_path / "films")
    orders = {
        who.name: submit_job(
            actor=who.actor,
            kind="fine_tune",
            recipe="word-table",
            inputs={"dataset": pin},
            output=OutputRepo("dataset", f"{who.name}/words"),
            private_inputs=["dataset"],
        )
        for who, pin in ((stranger, theirs), (owner, mine))
    }

    done = wait_for(orders["owner"], "succeeded", "failed", seconds=120)

    assert (done.state, done.code, done.message) == ("succeeded", "", "")
    assert done.operator == "person:owner"
    assert Lineage.objects.get(job=done, direction="output").address == "owner/words"
    assert Job.objects.get(pk=orders["stranger"].pk).state == "queued"
    assert (Worker.objects.get().name, Worker.objects.get().namespace.name) == ("desk", "owner")
    with socket.create_server(("127.0.0.1", free_port())) as outside:
        found = inside(
            process,
            site.url,
            token,
            outside.getsockname()[1],
            f"/datasets/{theirs.address}/resolve/main/train.csv",
            f"/datasets/{mine.address}/resolve/main/train.csv",
            f"/api/v1/jobs/{orders['stranger'].pk}",
            f"/api/v1/jobs/{done.pk}/events",
            "/api/v1/me",
            "/api/v1/workers",
        )
    lines = dict(line.rsplit(" ", 1) for line in found.splitlines())
    assert lines.pop("outside") == "True"
    assert len(lines) == 6
    assert set(lines.values()) <= {"401", "403", "404"}
    wait_until(lambda: Worker.objects.get().attempt_count == 1, what="the count")
