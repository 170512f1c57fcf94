"""An upstream index on this machine, which tests let lie, fail and go away."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

JSON = "application/vnd.pypi.simple.v1+json"


@dataclass
class Upstream:
    """A running index.

    files     bytes by path
    pages     listed files by project
    requests  paths that were requested
    failing   answers 503 to everything
    """

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    pages: dict[str, list[dict]] = field(default_factory=dict)
    redirects: dict[str, str] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    failing: bool = False

    def add(self, project: str, file: tuple[str, bytes], **facts) -> None:
        filename, data = file
        self.files[f"/files/{filename}"] = data
        entry = {
            "filename": filename,
            "url": f"../../files/{filename}",
            "hashes": {"sha256": hashlib.sha256(data).hexdigest()},
            "size": len(data),
            "upload-time": "2026-01-31T12:00:00.000000Z",
            "requires-python": None,
            "yanked": False,
            **facts,
        }
        self.pages.setdefault(project, []).append(entry)


@contextmanager
def running_upstream() -> Iterator[Upstream]:
    found = Upstream()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.requests.append(self.path)
            project = self.path.removeprefix("/simple/").strip("/")
            if found.failing:
                self._send(503, b"", "text/plain")
            elif self.path in found.redirects:
                self._send(302, b"", "text/plain", Location=found.redirects[self.path])
            elif self.path.startswith("/simple/") and project in found.pages:
                page = {"meta": {"api-version": "1.1"}, "name": project, "files": found.pages[project]}
                self._send(200, json.dumps(page).encode(), JSON)
            elif self.path in found.files:
                self._send(200, found.files[self.path], "application/octet-stream")
            else:
                self._send(404, b"", "text/plain")

        def _send(self, status: int, body: bytes, kind: str, **headers: str) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}/simple"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()
