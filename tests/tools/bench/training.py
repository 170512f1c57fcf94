"""A fine-tune through the site compared with a hand-written script, in alternation on one machine."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path

import requests

from ecosystem.demo.inputs import Inputs
from ecosystem.demo.jobs import Jobs
from tests.conftest import ROOT

WARM_STEPS = 5
PUBLISH = """
import sys
from huggingface_hub import HfApi
api = HfApi()
for kind, name, folder in (("model", "bench-minilm", sys.argv[1]), ("dataset", "bench-films", sys.argv[2])):
    repo = api.create_repo(name, repo_type=kind, exist_ok=True).repo_id
    api.upload_folder(repo_id=repo, repo_type=kind, folder_path=folder)
"""


def rate(times: dict[int, float]) -> float:
    """Return steps per second after the first few, including validations and checkpoints."""
    first, last = sorted(times)[WARM_STEPS], max(times)
    return (last - first) / (times[last] - times[first])


def train_by_hand(inputs: Inputs, steps: int) -> tuple[float, float]:
    """Return (steps per second, seconds from process start to the first step)."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "tests.tools.bench.by_hand",
            str(inputs.model),
            str(inputs.dataset),
            folder,
            str(steps),
        ]
        environment = {
            **os.environ,
            "OMP_WAIT_POLICY": "PASSIVE",
            "TOKENIZERS_PARALLELISM": "false",
            "HF_HUB_OFFLINE": "1",
        }
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    body = json.loads(run.stdout.strip().splitlines()[-1])
    times = {int(step): at for step, at in body["steps"].items()}
    return rate(times), times[min(times)] - body["started"]


def publish(site: str, token: str, inputs: Inputs) -> None:
    environment = {**os.environ, "HF_ENDPOINT": site, "HF_TOKEN": token, "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    subprocess.run(
        [sys.executable, "-c", PUBLISH, str(inputs.model), str(inputs.dataset)], env=environment, check=True
    )


def seconds_of(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def step_times(site: str, token: str, job_id: str) -> dict[int, float]:
    """Return the time of each training step, as reported by the child process."""
    times: dict[int, float] = {}
    after = ""
    while True:
        address = f"{site}/api/v1/jobs/{job_id}/events"
        page = requests.get(
            address,
            params={"cursor": after} if after else {},
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        ).json()
        for event in page["items"]:
            if event["kind"] == "metric" and "loss" in event["data"]["values"]:
                times[event["data"]["step"]] = seconds_of(event["created_at"])
        after = page.get("next_cursor") or ""
        if not after:
            return times


def train_by_site(site: str, token: str, owner: str, steps: int, number: int) -> tuple[float, float]:
    """Return (steps per second, seconds from claim to the first step)."""
    jobs = Jobs(site, token, report=lambda line: None)
    params = {
        "validation_split": "validation",
        "max_length": 64,
        "max_steps": steps,
        "evaluation_steps": steps // 2,
        "learning_rate": 1e-4,
    }
    order = jobs.submit(
        kind="fine_tune",
        recipe="text-classification",
        inputs={
            "model": {"full_name": f"{owner}/bench-minilm"},
            "dataset": {"full_name": f"{owner}/bench-films"},
        },
        output={"full_name": f"{owner}/bench-tuned-{number}-{os.urandom(2).hex()}"},
        params={**params, "early_stopping_patience": 0},
    )
    job = jobs.watch(order["id"])
    times = step_times(site, token, job["id"])
    return rate(times), times[min(times)] - seconds_of(job["claimed_at"])


def compare(
    site: str, token: str, owner: str, inputs: Inputs, *, steps: int = 60, repeats: int = 3
) -> dict[str, float]:
    """Return median rates of both, their ratio, and the overhead of the site until the first step."""
    publish(site, token, inputs)
    hand, ours = [], []
    for number in range(repeats):
        hand.append(train_by_hand(inputs, steps))
        ours.append(train_by_site(site, token, owner, steps, number))
    rates = statistics.median(run[0] for run in ours), statistics.median(run[0] for run in hand)
    firsts = statistics.median(run[1] for run in ours), statistics.median(run[1] for run in hand)
    return {
        "site": rates[0],
        "hand": rates[1],
        "ratio": rates[0] / rates[1],
        "site_first": firsts[0],
        "hand_first": firsts[1],
        "overhead": firsts[0] - firsts[1],
    }


def cached_inputs(folder: Path) -> Inputs:
    from ecosystem.demo.inputs import prepare_inputs

    return prepare_inputs(folder)
