"""HTTP requests as raw bytes on a socket, valid or malformed, and their responses."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HANG_SECONDS = 10.0
ANSWER_LIMIT_BYTES = 1 << 20
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})")


@dataclass
class RawRequest:
    """One request. It has a correct Content-Length unless `headers` has one.

    is_leak  whether a response (status, body) reveals data of others; such a request is not mutated
    """

    method: str
    target: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""
    is_chunked: bool = False
    is_leak: Callable[[int, bytes], bool] | None = None

    def raw(self, host: str) -> bytes:
        names = {name.lower() for name, _ in self.headers}
        lines = [f"{self.method} {self.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if "host" not in names:
            lines.append(f"Host: {host}")
        if "connection" not in names:
            lines.append("Connection: close")
        body = self.body
        if self.is_chunked:
            lines.append("Transfer-Encoding: chunked")
            body = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in split_blocks(body)) + b"0\r\n\r\n"
        elif "content-length" not in names and (body or self.method in ("POST", "PUT")):
            lines.append(f"Content-Length: {len(body)}")
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body

    def __str__(self) -> str:
        chunked = "chunked " if self.is_chunked else ""
        body = f"{chunked}{len(self.body)} bytes {self.body[:120]!r}"
        return f"{self.method} {self.target[:200]} {self.headers} {body}"


@dataclass(frozen=True)
class Answer:
    """A response.

    status  0 if the connection was closed without a response, -1 after a timeout
    """

    status: int
    seconds: float
    head: bytes
    body: bytes

    @property
    def is_hang(self) -> bool:
        return self.status == -1


def split_blocks(body: bytes, size: int = 8_192) -> list[bytes]:
    return [body[at : at + size] for at in range(0, len(body), size)]


def exchange(address: Path, sent: RawRequest, *, host: str, seconds: float = HANG_SECONDS) -> Answer:
    """Send a request, close the sending side and read the response.

    address  Unix socket of the web server; the front server would treat a half-closed connection as gone
    seconds  timeout
    """
    began = time.monotonic()
    got = b""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(seconds)
            connection.connect(str(address))
            try:
                connection.sendall(sent.raw(host))
                connection.shutdown(socket.SHUT_WR)
            except OSError as error:
                if isinstance(error, TimeoutError):
                    raise
                # Refused before the end of the body; the response may have been sent already.
            while len(got) < ANSWER_LIMIT_BYTES:
                connection.settimeout(max(0.01, seconds - (time.monotonic() - began)))
                block = connection.recv(65_536)
                if not block:
                    break
                got += block
    except TimeoutError:
        return Answer(-1, time.monotonic() - began, got[:200], b"")
    except (ConnectionResetError, BrokenPipeError):
        pass
    while got.startswith((b"HTTP/1.1 100", b"HTTP/1.0 100")):
        got = got.partition(b"\r\n\r\n")[2]
    found = STATUS.match(got)
    head, _, body = got.partition(b"\r\n\r\n")
    return Answer(int(found[1]) if found else 0, time.monotonic() - began, head, body)
