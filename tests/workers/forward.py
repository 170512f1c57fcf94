"""Carries the connections of a port to a Unix socket, or back: the only way out of a network namespace.

usage  python -m tests.workers.forward PORT SOCKET
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading


def carry(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    for one in (source, target):
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


def serve(listener: socket.socket, connect) -> None:
    """Join each connection of a listener to one that `connect` opens, until the listener is closed."""
    with contextlib.suppress(OSError):
        while True:
            near = listener.accept()[0]
            far = connect()
            for pair in ((near, far), (far, near)):
                threading.Thread(target=carry, args=pair, daemon=True).start()


def to_port(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port))


def to_socket(path: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    return connection


if __name__ == "__main__":
    port, path = int(sys.argv[1]), sys.argv[2]
    serve(socket.create_server(("127.0.0.1", port)), lambda: to_socket(path))
