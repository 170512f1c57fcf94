"""A child process of the supervisor: JSON lines out, log lines aside, told to stop by closing its input."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import psutil

from .memory import end_all

MESSAGE_LIMIT = 256 * 1024
LINE_BYTES = 16 * 1024
WAIT_SECONDS = 0.2


class Child:
    """A process in its own session whose whole group ends with it.

    It gets lines on its input; the end of its input means "keep a checkpoint and stop". It dies with the
    supervisor: the program itself asks the kernel for that, or bubblewrap does.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        on_line: Callable[[str], None],
    ) -> None:
        self._messages: queue.Queue[dict[str, Any] | None] = queue.Queue(maxsize=1000)
        self._on_line = on_line
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(
            command, env=dict(environment), cwd=folder, start_new_session=True, **pipes
        )  # type: ignore[call-overload]
        self._readers = [
            threading.Thread(target=target, daemon=True) for target in (self._read_messages, self._read_lines)
        ]
        for reader in self._readers:
            reader.start()

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def say(self, text: str) -> None:
        """Write one line to the child's input; a child that is gone does not hear it."""
        try:
            self.process.stdin.write(text.encode() + b"\n")
            self.process.stdin.flush()
        except (OSError, ValueError):
            return

    def messages(self, check: Callable[[], None]) -> Iterator[dict[str, Any]]:
        """Yield what the child says until it ends; `check` runs all the while and may raise."""
        while True:
            check()
            try:
                message = self._messages.get(timeout=WAIT_SECONDS)
            except queue.Empty:
                continue
            if message is None:
                return
            yield message

    def stop(self, grace_seconds: float) -> list[dict[str, Any]]:
        """Close the child's input, give it time to keep a checkpoint, kill what is left; return its last words."""
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        words: list[dict[str, Any]] = []
        end = time.monotonic() + grace_seconds
        while self.process.poll() is None and time.monotonic() < end:
            words += self._waiting_words()
            time.sleep(0.05)
        self.kill()
        return words + self._waiting_words()

    def kill(self) -> None:
        """Kill the whole process group, and those below it that have left it, and wait for its end."""
        below: list[psutil.Process] = []
        with contextlib.suppress(psutil.Error):
            below = psutil.Process(self.process.pid).children(recursive=True)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        end_all(below)
        self.process.wait()
        for reader in self._readers:
            reader.join(timeout=1)

    def exit_status(self) -> int:
        """Return the exit status, negative for a signal, once the child has ended."""
        return self.process.wait()

    def _waiting_words(self) -> list[dict[str, Any]]:
        words = []
        while not self._messages.empty():
            message = self._messages.get_nowait()
            if message is not None:
                words.append(message)
        return words

    def _read_messages(self) -> None:
        for line in _lines(self.process.stdout, MESSAGE_LIMIT):
            try:
                message = json.loads(line)
            except ValueError:
                message = None
            if (
                isinstance(message, dict)
                and isinstance(message.get("kind"), str)
                and isinstance(message.get("data"), dict)
            ):
                self._messages.put(message)
            else:
                self._on_line(line)
        self._messages.put(None)

    def _read_lines(self) -> None:
        for line in _lines(self.process.stderr, LINE_BYTES):
            self._on_line(line)


def _lines(stream: IO[bytes], limit: int) -> Iterator[str]:
    """Yield lines of at most `limit` bytes; a longer one comes in pieces."""
    while line := stream.readline(limit):
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if text:
            yield text
