"""Readiness probe of the local web server, bypassing the reverse proxy."""

from __future__ import annotations

import socket
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from ecosystem import env

TIMEOUT_SECONDS = 2


class _UnixConnection(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__(urlsplit(env.PUBLIC_URL).netloc, timeout=TIMEOUT_SECONDS)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(TIMEOUT_SECONDS)
        self.sock.connect(str(self.path))


def is_ready(*, socket_path: Path | None, address: tuple[str, int]) -> bool:
    """Return whether /readyz returns 200, over a Unix socket or at an address.

    raises  OSError, HTTPException if the server does not respond
    """
    connection = (
        _UnixConnection(socket_path) if socket_path else HTTPConnection(*address, timeout=TIMEOUT_SECONDS)
    )
    try:
        connection.request("GET", "/readyz", headers={"Host": urlsplit(env.PUBLIC_URL).netloc})
        return connection.getresponse().status == 200
    finally:
        connection.close()
