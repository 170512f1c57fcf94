"""Bytes that the unmodified client uploads for an edited copy of a large file, counted by a proxy."""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

import numpy

MEGABYTE = 1_000_000
CLIENT = """
import sys
from huggingface_hub import HfApi
api = HfApi()
api.create_repo(sys.argv[1], exist_ok=True)
api.upload_file(path_or_fileobj=sys.argv[2], path_in_repo=sys.argv[3], repo_id=sys.argv[1])
"""


class CountingProxy:
    """An HTTP proxy that forwards connections to a site and counts the bytes sent by clients.

    url   of the proxy
    sent  bytes forwarded to the site so far, including headers
    """

    def __init__(self, site: str) -> None:
        parts = urlsplit(site)
        self.target, self.sent, self._lock = (
            (parts.hostname or "127.0.0.1", parts.port or 80),
            0,
            threading.Lock(),
        )
        self._server = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"

    def __enter__(self) -> CountingProxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _address = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._relay, args=(client,), daemon=True).start()

    def _relay(self, client: socket.socket) -> None:
        with client, socket.create_connection(self.target) as site, selectors.DefaultSelector() as ready:
            for one, other in ((client, site), (site, client)):
                ready.register(one, selectors.EVENT_READ, other)
            while True:
                for key, _events in ready.select():
                    try:
                        data = key.fileobj.recv(1 << 18)  # type: ignore[union-attr]
                        if not data:
                            return
                        key.data.sendall(data)
                    except OSError:
                        return
                    if key.fileobj is client:
                        with self._lock:
                            self.sent += len(data)


def upload(endpoint: str, token: str, repo: str, source: Path, name: str, *, home: Path, proxy: str) -> None:
    """Upload a file with the hub client through a proxy; its cache is in `home`."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "HF_HOME": str(home),
        "HF_ENDPOINT": endpoint,
        "HTTP_PROXY": proxy,
        "http_proxy": proxy,
        "HF_TOKEN": token,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    run = subprocess.run(
        [sys.executable, "-c", CLIENT, repo, source, name],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    if run.returncode:
        raise RuntimeError(run.stderr[-3000:])


def edited_copy(data: bytes, appended: int) -> bytes:
    """Return a copy with 100 bytes inserted, 5,000 bytes overwritten, and `appended` bytes at its end."""
    noise = numpy.random.default_rng(len(data) + 1)
    third = len(data) // 3
    changed = (
        data[:third]
        + noise.bytes(100)
        + data[third : 2 * third]
        + noise.bytes(5_000)
        + data[2 * third + 5_000 :]
    )
    return changed + noise.bytes(appended)


def measure(
    site: str,
    token: str,
    owner: str,
    folder: Path,
    *,
    megabytes: int = 100,
    appended_bytes: int = 3 * MEGABYTE,
) -> dict[str, int]:
    """Upload a file and its edited copy, once from the same client and once from one with an empty cache.

    returns  bytes sent: `first` for the file, `warm` and `empty` for the edited copy
    """
    sent = {}
    for way in ("warm", "empty"):
        data = numpy.random.default_rng([megabytes, len(way), os.getpid()]).bytes(megabytes * MEGABYTE)
        (folder / "file.bin").write_bytes(data)
        (folder / "edited.bin").write_bytes(edited_copy(data, appended_bytes))
        del data
        repo, home = f"{owner}/edits-{way}", folder / f"home-{way}"
        with CountingProxy(site) as proxy:
            upload(site, token, repo, folder / "file.bin", "file.bin", home=home, proxy=proxy.url)
            sent["first"] = proxy.sent
            other = home if way == "warm" else folder / "another home"
            upload(site, token, repo, folder / "edited.bin", "edited.bin", home=other, proxy=proxy.url)
            sent[way] = proxy.sent - sent["first"]
    return sent
