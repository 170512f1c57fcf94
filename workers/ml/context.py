"""What a recipe works with: the job's spec and folder, an event emitter and a cancellation token."""

from __future__ import annotations

import json
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from apps.toolchain.contracts import Hardware, JobSpec

from .faults import Interruption
from .folder import JobFolder
from .process_limits import kill_process_tree
from .ranks import is_rank, rank

# option of a runner that gets its job later
SPARE = "--spare"
PROGRESS_SECONDS = 0.5
# of a capped run's time; the rest is for the last validation, saving and publishing
TRAINING_SHARE = 0.8


class EventEmitter:
    """Writes events as JSON lines to a stream of its own, apart from what libraries print.

    only  kinds of events that are written; the others are lost
    """

    def __init__(self, stream: IO[str], only: Collection[str] = ()) -> None:
        self._stream = stream
        self._only = only
        self._lock = threading.Lock()
        self._last_progress = 0.0

    def emit(self, kind: str, data: Mapping[str, Any]) -> None:
        if self._only and kind not in self._only:
            return
        with self._lock:
            self._stream.write(json.dumps({"kind": kind, "data": data}) + "\n")
            self._stream.flush()

    def log(self, text: str, level: str = "info") -> None:
        self.emit("log", {"level": level, "line": text})

    def metric(self, step: int, epoch: float | None, values: Mapping[str, float]) -> None:
        """Report the metrics of one training step."""
        extra = {} if epoch is None else {"epoch": epoch}
        self.emit("metric", {"step": step, "values": dict(values), **extra})

    def samples(
        self, title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, step: int | None = None
    ) -> None:
        """Show further rows of texts under a title, such as prompts and answers."""
        shown = {"title": title, "columns": list(columns), "rows": [list(row) for row in rows]}
        self.emit("samples", {**shown, **({} if step is None else {"step": step})})

    def piece(self, title: str, row: int, column: str, offset: int, text: str) -> None:
        """Show what has been written of a cell of samples, from a character on."""
        place = {"title": title, "row": row, "column": column, "offset": offset}
        self.emit("piece", {**place, "text": text})

    def progress(self, step: int, total: int, phase: str) -> None:
        """Report progress at most every PROGRESS_SECONDS; the first and the last step are always reported."""
        now = time.monotonic()
        if 0 < step < total and now - self._last_progress < PROGRESS_SECONDS:
            return
        self._last_progress = now
        self.emit("progress", {"step": step, "total": total, "phase": phase})


class CancellationToken:
    """Reads the supervisor's commands: "start" begins the work, "stop" asks for a checkpoint and an end.

    stream          None for one that hears nothing
    has_started     whether "start" came before
    on_parent_exit  called when the input ends, which happens only when the supervisor has died
    """

    def __init__(
        self,
        stream: IO[str] | None,
        on_parent_exit: Callable[[], None] = kill_process_tree,
        *,
        has_started: bool = False,
    ) -> None:
        self._start = threading.Event()
        self._stop = threading.Event()
        self._on_parent_exit = on_parent_exit
        if has_started:
            self._start.set()
        if stream is not None:
            self._listen_to(stream)

    def _listen_to(self, stream: IO[str]) -> None:
        threading.Thread(target=self._listen, args=(stream,), daemon=True, name="commands").start()

    def _listen(self, stream: IO[str]) -> None:
        for line in stream:
            command = line.strip()
            if command == "stop":
                self._stop.set()
            if command in ("start", "stop"):
                self._start.set()
        self._on_parent_exit()

    @property
    def is_cancelled(self) -> bool:
        return self._stop.is_set()

    @property
    def has_started(self) -> bool:
        return self._start.is_set()

    def wait_for_start(self) -> None:
        """Wait until the inputs have been downloaded.

        raises  Interruption if the run is cancelled first
        """
        self._start.wait()
        self.raise_if_cancelled()

    def raise_if_cancelled(self) -> None:
        """Raise Interruption if the supervisor asked for the end."""
        if self.is_cancelled:
            raise Interruption


@dataclass(frozen=True, slots=True)
class RecipeContext:
    """One run of a recipe.

    file_bytes    largest file that the run may write, 0 for no limit
    memory_bytes  memory that its processes may hold together, 0 for no limit
    ends_at       by the monotonic clock, when a training should publish what it has; infinite without a cap
    """

    spec: JobSpec
    hardware: Hardware
    folder: JobFolder
    events: EventEmitter
    cancellation: CancellationToken
    file_bytes: int = 0
    memory_bytes: int = 0
    ends_at: float = math.inf

    def input_folder(self, name: str) -> Path | None:
        """Return the folder of an input, None if the job does without it."""
        return self.folder.inputs / name if name in self.spec.inputs else None

    @property
    def is_main(self) -> bool:
        """Whether this process writes the output; those that train together with it only compute."""
        return self.folder.rank == 0

    @property
    def model_folder(self) -> Path:
        return self.folder.inputs / "model"

    @property
    def dataset_folder(self) -> Path:
        return self.folder.inputs / "dataset"


@dataclass(frozen=True, slots=True)
class Streams:
    """The standard streams of a runner, taken over for the supervisor's protocol."""

    events: EventEmitter
    cancellation: CancellationToken


def take_streams() -> Streams:
    """Take over the standard streams.

    Events keep the original standard output. What libraries print goes to standard error, which the
    supervisor logs.
    """
    protocol = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    if not is_rank():
        return Streams(EventEmitter(protocol), CancellationToken(sys.stdin))
    if rank() == 0:
        return Streams(EventEmitter(protocol), CancellationToken(sys.stdin, has_started=True))
    return Streams(EventEmitter(protocol, only=("fault",)), CancellationToken(None, has_started=True))


def open_context(root: Path, streams: Streams | None = None) -> RecipeContext:
    """Read the order of a prepared folder. streams: taken over here unless they have been before"""
    streams = streams or take_streams()
    folder = JobFolder(root, rank())
    if folder.rank:
        folder.make_own()
    order = json.loads(folder.order.read_text())
    return RecipeContext(
        spec=JobSpec.from_json(order["spec"]),
        hardware=Hardware.from_json(order["hardware"]),
        folder=folder,
        events=streams.events,
        cancellation=streams.cancellation,
        file_bytes=order["file_bytes"],
        memory_bytes=order.get("memory_bytes", 0),
        ends_at=end_of(JobSpec.from_json(order["spec"]), order.get("seconds_left", 0)),
    )


def end_of(spec: JobSpec, seconds_left: float) -> float:
    """Return when a run with a cap should end by itself, to save and publish in what is left."""
    if not spec.max_seconds or not seconds_left:
        return math.inf
    return time.monotonic() + TRAINING_SHARE * seconds_left
