"""A child process of the supervisor, which writes events as JSON lines and reads commands from its input."""

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
from typing import IO, Any, cast

import psutil

from .memory import kill_all

MESSAGE_LIMIT = 256 * 1024
LINE_BYTES = 16 * 1024
WAIT_SECONDS = 0.2


class Child:
    """A process in a session of its own, killed together with its process group.

    Commands are lines on its input; "stop" asks it to save a checkpoint and exit. The input ends only when
    the supervisor dies: then the child kills its own process tree, as bubblewrap's --die-with-parent does.
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
        self.folder = folder
        self.process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._stdin = cast(IO[bytes], self.process.stdin)
        self._stdout = cast(IO[bytes], self.process.stdout)
        self._stderr = cast(IO[bytes], self.process.stderr)
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

    def listen(self, on_line: Callable[[str], None]) -> None:
        """From now on give to `on_line` what the child prints."""
        self._on_line = on_line

    def is_running(self) -> bool:
        return self.process.poll() is None

    def send_line(self, text: str) -> None:
        """Write one line to the child's input, if the child still runs."""
        with contextlib.suppress(OSError, ValueError):
            self._stdin.write(text.encode() + b"\n")
            self._stdin.flush()

    def messages(self, check: Callable[[], None]) -> Iterator[dict[str, Any]]:
        """Yield the child's messages until it exits; `check` is called at short intervals and may raise."""
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
        """Let the child save a checkpoint, kill it after the grace period, return its last messages."""
        self.send_line("stop")
        messages: list[dict[str, Any]] = []
        end = time.monotonic() + grace_seconds
        while self.process.poll() is None and time.monotonic() < end:
            messages += self._pending_messages()
            time.sleep(0.05)
        self.kill()
        return messages + self._pending_messages()

    def kill(self) -> None:
        """Kill the process group and descendants that have left it, and wait for the exit."""
        descendants: list[psutil.Process] = []
        with contextlib.suppress(psutil.Error):
            descendants = psutil.Process(self.process.pid).children(recursive=True)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        kill_all(descendants)
        self.process.wait()
        for reader in self._readers:
            reader.join(timeout=1)
        with contextlib.suppress(OSError):
            self._stdin.close()

    def exit_status(self) -> int:
        """Wait for the child and return its exit status, negative for a signal."""
        return self.process.wait()

    def _pending_messages(self) -> list[dict[str, Any]]:
        messages = []
        while not self._messages.empty():
            message = self._messages.get_nowait()
            if message is not None:
                messages.append(message)
        return messages

    def _read_messages(self) -> None:
        for line in _lines(self._stdout, MESSAGE_LIMIT):
            message = _parse_message(line)
            if message is None:
                self._on_line(line)
            else:
                self._messages.put(message)
        self._messages.put(None)

    def _read_lines(self) -> None:
        for line in _lines(self._stderr, LINE_BYTES):
            self._on_line(line)


def _parse_message(line: str) -> dict[str, Any] | None:
    """Return the message on a line, None if the line is anything else."""
    try:
        message = json.loads(line)
    except ValueError:
        return None
    if not isinstance(message, dict):
        return None
    is_message = isinstance(message.get("kind"), str) and isinstance(message.get("data"), dict)
    return message if is_message else None


def _lines(stream: IO[bytes], limit: int) -> Iterator[str]:
    """Yield lines of at most `limit` bytes; longer ones are split."""
    while line := stream.readline(limit):
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if text:
            yield text
