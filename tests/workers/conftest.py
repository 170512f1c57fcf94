"""Fixtures: tiny models, and a process that runs recipes on local folders."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from apps.toolchain.contracts import JobSpec
from workers.ml.folder import JobFolder
from workers.ml.hardware import hardware
from workers.ml.sandbox import ROOT, runner_environment

from .chats import chat_models
from .samples import tiny_models


@dataclass(frozen=True)
class Outcome:
    """The events and files of a recipe's run."""

    messages: list[dict[str, Any]]
    folder: JobFolder

    def said(self, kind: str) -> list[dict[str, Any]]:
        return [message["data"] for message in self.messages if message["kind"] == kind]

    @property
    def fault(self) -> dict[str, str] | None:
        return next(iter(self.said("fault")), None)

    @property
    def losses(self) -> dict[int, float]:
        return {
            data["step"]: data["values"]["loss"] for data in self.said("metric") if "loss" in data["values"]
        }

    @property
    def result(self) -> dict[str, Any]:
        return json.loads(self.folder.result.read_text())


def prepare(root: Path, spec: JobSpec, **facts: Path | float) -> JobFolder:
    """Lay out a job's folder as the supervisor does.

    facts  local folders by the names of the recipe's inputs, and limits of the order
    """
    inputs = {name: fact for name, fact in facts.items() if isinstance(fact, Path)}
    limits = {name: fact for name, fact in facts.items() if name not in inputs}
    folder = JobFolder(root)
    folder.prepare()
    for name, source in inputs.items():
        shutil.rmtree(folder.inputs / name, ignore_errors=True)
        shutil.copytree(source, folder.inputs / name)
    order = {"spec": spec.to_json(), "hardware": hardware().to_json(), "file_bytes": 2**33, **limits}
    folder.order.write_text(json.dumps(order))
    return folder


class RecipeProcess:
    """The long-lived runner of a test session."""

    def __init__(self, folder: Path) -> None:
        shape = JobFolder(folder)
        shape.prepare()
        environment = {**runner_environment(shape, {}), "PYTHONDONTWRITEBYTECODE": ""}
        command = [sys.executable, "-m", "tests.workers.recipe_process"]
        pipes = {
            "stdin": subprocess.PIPE,
            "stdout": subprocess.PIPE,
            "stderr": (folder / "errors.log").open("w"),
        }
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, text=True, **pipes)

    def run(self, root: Path, spec: JobSpec, **facts: Path | float) -> Outcome:
        """Run a recipe (arguments as of `prepare`)."""
        folder = prepare(root, spec, **facts)
        self.process.stdin.write(f"{root}\n")
        self.process.stdin.flush()
        messages = []
        while (line := self.process.stdout.readline()) and (message := json.loads(line))["kind"] != "end":
            messages.append(message)
        return Outcome(messages, folder)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="session")
def tiny_bert() -> Path:
    return tiny_models()[0]


@pytest.fixture(scope="session")
def tiny_llama() -> Path:
    return tiny_models()[1]


@pytest.fixture(scope="session")
def tiny_chat() -> Path:
    return chat_models()[0]


@pytest.fixture(scope="session")
def tiny_plain() -> Path:
    """A language model without a chat template."""
    return chat_models()[1]


@pytest.fixture(scope="session")
def recipes(tmp_path_factory) -> Iterator[RecipeProcess]:
    """Runs recipes on local folders, one after another."""
    process = RecipeProcess(tmp_path_factory.mktemp("recipes"))
    yield process
    process.stop()
