"""What each process may import, and which worker consumes each queue."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from apps.core.declaration import declared
from apps.core.queue import Queue
from apps.toolchain.jobs.contracts import Hardware
from ecosystem.env import QueueUrls
from ecosystem.services import processes
from workers.ml.hardware import queue_of

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "transformers", "datasets", "peft", "accelerate", "sklearn")
SERVE = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "ecosystem.settings"
import ecosystem.wsgi
from django.urls import get_resolver
get_resolver().url_patterns
{extra}
print([name for name in %r if name in sys.modules])
""" % (HEAVY,)


def heavy_modules_of_the_web(extra: str = "") -> list[str]:
    run = subprocess.run(
        [sys.executable, "-c", SERVE.format(extra=extra)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return ast.literal_eval(run.stdout.strip().splitlines()[-1])


def test_the_web_process_never_loads_torch():
    assert heavy_modules_of_the_web() == []


def test_the_check_for_torch_can_fail():
    assert heavy_modules_of_the_web("sys.modules['torch'] = object()") == ["torch"]


def test_the_first_requests_for_the_api_document_may_come_at_once():
    code = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "ecosystem.settings"
import ecosystem.wsgi
from concurrent.futures import ThreadPoolExecutor
from apps.core.rest.generator import Generator
with ThreadPoolExecutor(8) as threads:
    made = list(threads.map(lambda number: len(Generator().get_schema(public=True)["paths"]), range(8)))
print(len(made), len(set(made)))
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert run.stdout.split() == ["8", "1"]


def test_the_light_worker_never_loads_torch():
    code = (
        "import sys, ecosystem.celery as c; c.app.loader.import_default_modules(); "
        "print([n for n in %r if n in sys.modules])" % (HEAVY,)
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert run.stdout.strip().splitlines()[-1] == "[]"


def test_the_ml_worker_starts_without_django_or_a_database_driver():
    # kombu imports django.utils if Django is installed.
    names = ("django.db", "django.conf", "psycopg", "ecosystem", "apps.core", "torch")
    code = f"import sys, workers.ml.app; print([n for n in {names!r} if n in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert run.stdout.strip().splitlines()[-1] == "[]"


@pytest.fixture
def data_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(processes.env, "DATA_DIR", tmp_path)
    monkeypatch.setattr(
        processes.env,
        "queue",
        lambda: QueueUrls(site="redis://127.0.0.1/0", worker="redis://worker@127.0.0.1/0"),
    )


def test_no_queue_is_without_a_consumer(data_folder):
    light = processes.light().command
    machines = [Hardware("cpu", "x", 1, 1), Hardware("cuda", "x", 1, 1, 1)]
    worked_on = {*light[light.index("-Q") + 1].split(","), *map(queue_of, machines)}

    assert {str(queue) for queue in Queue} == worked_on


def test_the_ml_worker_listens_to_the_queue_of_its_machine_alone(data_folder):
    code = "import workers.ml.app as worker; print(*worker.app.amqp.queues)"
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    assert run.stdout.split() == ["cpu"]
    assert "-Q" not in processes.ml("token").command


def test_a_worker_on_the_sites_machine_leaves_memory_for_it(data_folder, monkeypatch):
    monkeypatch.setattr(processes.env, "DISK_RESERVE_MIB", 700)

    environment = processes.ml("token").environment

    assert float(environment["BANYAN_MEMORY_RESERVE_GIB"]) > 0
    assert int(environment["BANYAN_DISK_RESERVE_MIB"]) >= 2 * 700


def test_the_ml_worker_gets_no_secret_of_the_site(data_folder, monkeypatch):
    for name in processes.SECRETS:
        monkeypatch.setenv(name, "secret")

    environment = processes.ml("token").environment

    assert not set(processes.SECRETS) & set(environment)
    assert "secret" not in environment.values()


def sent_tasks() -> set[str]:
    """Return the task names in calls of enqueue and send, which are literals or members of a StrEnum."""
    text = "\n".join(
        file.read_text() for folder in ("apps", "ecosystem") for file in (ROOT / folder).rglob("*.py")
    )
    return set(re.findall(r"[\"']((?:light|ml)\.[a-z_]+)[\"']", text))


def test_each_task_that_is_sent_exists():
    light = (ROOT / "workers/light").rglob("*.py")
    ml = (ROOT / "workers/ml").rglob("*.py")
    known = "\n".join(file.read_text() for file in [*light, *ml])
    known += "".join(f'"{task.celery_name}"' for task in declared().periodic_tasks)

    assert sent_tasks()
    assert {name for name in sent_tasks() if f'"{name}"' not in known} == set()
