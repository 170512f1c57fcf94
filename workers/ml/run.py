"""One run of a recipe, as the recipe sees it: the order, the folder, a voice and the wish to stop."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from apps.toolchain.jobs.contracts import Hardware, JobSpec

from .faults import Stopped
from .folder import JobFolder

PROGRESS_SECONDS = 0.5


class Voice:
    """The child's JSON lines, kept apart from whatever the libraries print."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._progressed = 0.0

    def say(self, kind: str, data: Mapping[str, Any]) -> None:
        with self._lock:
            self._stream.write(json.dumps({"kind": kind, "data": data}) + "\n")
            self._stream.flush()

    def line(self, text: str, level: str = "info") -> None:
        self.say("log", {"level": level, "line": text})

    def metric(self, step: int, epoch: float | None, values: Mapping[str, float]) -> None:
        """Report numbers of one training step."""
        self.say(
            "metric", {"step": step, "values": dict(values)} | ({} if epoch is None else {"epoch": epoch})
        )

    def progress(self, step: int, total: int, phase: str) -> None:
        """Report how far a phase is, at most each PROGRESS_SECONDS but always at its two ends."""
        now = time.monotonic()
        if 0 < step < total and now - self._progressed < PROGRESS_SECONDS:
            return
        self._progressed = now
        self.say("progress", {"step": step, "total": total, "phase": phase})


class StopWish:
    """What the supervisor says on the child's input: "start" begins the work, the end of the input ends it."""

    def __init__(self, stream: IO[str]) -> None:
        self._start = threading.Event()
        self._stop = threading.Event()
        threading.Thread(target=self._listen, args=(stream,), daemon=True).start()

    def _listen(self, stream: IO[str]) -> None:
        for line in stream:
            if line.strip() == "start":
                self._start.set()
        self._stop.set()
        self._start.set()

    @property
    def is_set(self) -> bool:
        return self._stop.is_set()

    def wait_for_start(self) -> None:
        """Wait until the inputs are there.

        raises  Stopped if the end came first
        """
        self._start.wait()
        self.check()

    def check(self) -> None:
        """Raise Stopped if the end was asked for."""
        if self.is_set:
            raise Stopped


@dataclass(frozen=True, slots=True)
class Run:
    """What a recipe gets."""

    spec: JobSpec
    hardware: Hardware
    folder: JobFolder
    voice: Voice
    stop: StopWish
    file_bytes: int = field(default=0)
    memory_bytes: int = field(default=0)

    @property
    def model_folder(self) -> Path:
        return self.folder.inputs / "model"

    @property
    def dataset_folder(self) -> Path:
        return self.folder.inputs / "dataset"


def open_run(root: Path) -> Run:
    """Read the order of a prepared folder and take over the standard streams.

    The protocol keeps the original output; prints of libraries go to standard error, which the supervisor logs.
    """
    folder = JobFolder(root)
    order = json.loads(folder.order.read_text())
    protocol = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    spec, machine = JobSpec.from_json(order["spec"]), Hardware.from_json(order["hardware"])
    return Run(
        spec,
        machine,
        folder,
        Voice(protocol),
        StopWish(sys.stdin),
        order["file_bytes"],
        order.get("memory_bytes", 0),
    )
