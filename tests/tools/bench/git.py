"""Repositories compared with git: listings, commits, histories and clones; alternating runs, medians."""

from __future__ import annotations

import base64
import contextlib
import gzip
import json
import os
import shutil
import signal
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import requests

from apps.registry.gitstore import GitRepo, trees
from tests.conftest import free_port, wait_until
from tests.system.local_stack import TestStack

ROUNDS = int(os.environ.get("BENCH_GIT_ROUNDS", "7"))
BACKEND = Path("/usr/lib/git-core/git-http-backend")
NGINX = """
daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log; worker_processes 2;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; fastcgi_temp_path {folder}/fcgi; proxy_temp_path {folder}/p;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      fastcgi_pass unix:{folder}/wrap; fastcgi_buffering off; fastcgi_read_timeout 300;
      fastcgi_param SCRIPT_FILENAME {backend};
      fastcgi_param GIT_PROJECT_ROOT {folder}/served;
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
      fastcgi_param PATH_INFO $uri;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param HTTP_GIT_PROTOCOL $http_git_protocol;
      fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
    }}
  }}
}}
"""


@dataclass
class Hub:
    """The site used by one person, and the folders of its repositories on disk."""

    stack: TestStack
    token: str
    owner: str
    folder: Path

    def __post_init__(self) -> None:
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {self.token}"

    def make(self, name: str) -> Path:
        """Create a repository and return its folder on disk."""
        before = set(self._folders())
        self.session.post(
            f"{self.stack.url}/api/repos/create", json={"name": name}, timeout=60
        ).raise_for_status()
        (made,) = set(self._folders()) - before
        return made

    def _folders(self) -> list[Path]:
        return list((self.stack.folder / "repositories").glob("*/*.git"))

    def url(self, name: str) -> str:
        return (
            f"{self.stack.url.replace('http://', f'http://{self.owner}:{self.token}@')}/{self.owner}/{name}"
        )

    def commit(self, name: str, files: dict[str, bytes]) -> None:
        lines = [{"key": "header", "value": {"summary": "files"}}]
        for path, data in files.items():
            content = base64.b64encode(data).decode()
            lines.append({"key": "file", "value": {"path": path, "content": content, "encoding": "base64"}})
        body = "\n".join(map(json.dumps, lines)).encode()
        answer = self.session.post(
            f"{self.stack.url}/api/models/{self.owner}/{name}/commit/main", body, timeout=120
        )
        answer.raise_for_status()

    def tree(self, name: str, query: str) -> list[bytes]:
        """Return the pages of a listing as raw bytes; parsing them is not part of the measured time."""
        url, pages = f"{self.stack.url}/api/models/{self.owner}/{name}/tree/main{query}", []
        while url:
            with self.session.get(url, timeout=60, stream=True) as answer:
                answer.raise_for_status()
                pages.append(answer.raw.read())
            url = answer.links.get("next", {}).get("url", "")
        return pages


def entries(pages: list[bytes]) -> int:
    """Count the entries of a listing, gzipped or not."""
    return sum(
        len(json.loads(gzip.decompress(page) if page.startswith(b"\x1f\x8b") else page)) for page in pages
    )


def run(folder: Path, *arguments: str, feed: bytes = b"") -> bytes:
    """Run git and return its output."""
    result = subprocess.run(
        ["git", *arguments], cwd=folder, input=feed, capture_output=True, check=True, timeout=600
    )
    return result.stdout


def median_times(*acts: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Return the median milliseconds of each act; acts alternate, after one warm-up round."""
    times: list[list[float]] = [[] for _ in acts]
    for number in range(rounds + 1):
        for place, act in enumerate(acts):
            began = time.perf_counter()
            act()
            if number:
                times[place].append((time.perf_counter() - began) * 1000)
    return [statistics.median(one) for one in times]


def history(folder: Path, commits: Iterator[dict[str, bytes]]) -> None:
    """Create a bare repository whose branch main has these commits."""
    run(folder.parent, "init", "-q", "--bare", "-b", "main", str(folder))
    parts = []
    for number, files in enumerate(commits):
        parts.append(
            b"commit refs/heads/main\ncommitter b <b@example.com> %d +0000\ndata 1\nx\n"
            % (1_700_000_000 + number)
        )
        parts += [
            b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data)
            for path, data in files.items()
        ]
    run(folder, "fast-import", "--quiet", feed=b"".join(parts))


def row(work: str, peer: str, ours: float, theirs: float, most: float | None) -> dict:
    return {
        "work": work,
        "peer": peer,
        "ours_ms": ours,
        "peer_ms": theirs,
        "ratio": ours / theirs,
        "most": most,
    }


def measure_tree(hub: Hub) -> list[dict]:
    """List 10,000 files: by the service without caches, by the hub API at a new commit, and there again."""
    bare = hub.make("tree")
    hub.commit(
        "tree", {f"d{number % 100:02d}/f{number:05d}.txt": b"file %d\n" % number for number in range(10_000)}
    )
    GitRepo(bare).pack()
    count = 10_000 + 100 + 1

    def service() -> None:
        trees._facts.clear()
        git = GitRepo(bare)
        assert sum(1 for _ in git.tree(git.resolve("main"), recursive=True)) >= count

    def over_http() -> None:
        pages[:] = hub.tree("tree", "?recursive=true")

    def by_git() -> None:
        run(bare, "ls-tree", "-r", "-l", "main")

    pages: list[bytes] = []
    firsts, agains, services, peers = [], [], [], []
    for number in range(ROUNDS):
        hub.commit("tree", {"new.txt": b"%d" % number})
        for act, times in (
            (over_http, firsts),
            (by_git, peers),
            (over_http, agains),
            (service, services),
        ):
            began = time.perf_counter()
            act()
            times.append((time.perf_counter() - began) * 1000)
        assert entries(pages) >= count
    peer = statistics.median(peers)
    return [
        row("tree of 10,000 files, service", "git ls-tree -r -l", statistics.median(services), peer, 1.5),
        row("the same over HTTP, first time", "git ls-tree -r -l", statistics.median(firsts), peer, None),
        row("the same over HTTP, then", "git ls-tree -r -l", statistics.median(agains), peer, 1.5),
    ]


def measure_commit(hub: Hub) -> list[dict]:
    """Commit 1,000 small files by the hub API, compared with git fast-import."""
    hub.make("commit")
    target, numbers = hub.folder / "import.git", iter(range(1_000_000))
    history(target, iter([{"README.md": b"x"}]))

    def files() -> dict[str, bytes]:
        number = next(numbers)
        return {
            f"data/d{place % 10}/f{place:04d}.txt": b"content of %d in %d\n" % (place, number) * 10
            for place in range(1_000)
        }

    def by_import() -> None:
        parts = [
            b"commit refs/heads/main\ncommitter b <b@example.com> now\ndata 1\nx\nfrom refs/heads/main^0\n"
        ]
        parts += [
            b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data)
            for path, data in files().items()
        ]
        run(target, "fast-import", "--quiet", "--date-format=now", feed=b"".join(parts))

    ours, peer = median_times(lambda: hub.commit("commit", files()), by_import)
    return [row("commit of 1,000 small files by the API", "git fast-import", ours, peer, 3)]


def measure_last_commits(hub: Hub) -> list[dict]:
    """A folder of 1,000 files with 300 commits."""
    bare, source, chance = hub.make("last"), hub.folder / "last.git", Random(1)
    first = {f"data/f{number:04d}.txt": b"x" for number in range(1_000)}
    later = ({f"data/f{chance.randrange(1_000):04d}.txt": b"%d" % number} for number in range(300))
    history(source, (files for part in ([first], later) for files in part))
    run(source, "push", "-q", "--force", hub.url("last"), "main")
    GitRepo(bare).pack()

    def service() -> None:
        git = GitRepo(bare)
        assert len(git.last_commits(git.resolve("main"), "data")) == 1_000

    def by_log() -> None:
        run(bare, "log", "--name-only", "--format=%H", "main", "--", "data")

    ours, peer = median_times(service, by_log)
    assert entries(hub.tree("last", "/data?expand=true")) == 1_000
    again, _ = median_times(lambda: hub.tree("last", "/data?expand=true&limit=100"), lambda: None)
    return [
        row("last commit of each of 1,000 files", "git log --name-only", ours, peer, 2),
        row("the same over HTTP in 10 pages, kept", "git log --name-only", again, peer, None),
    ]


def measure_clone(hub: Hub) -> list[dict]:
    """Clone 60 MB and 200 commits, compared with git http-backend behind nginx if those are installed."""
    if not (shutil.which("nginx") and shutil.which("fcgiwrap") and BACKEND.exists()):
        print("Clones are not compared: nginx, fcgiwrap or git-http-backend is not installed.", flush=True)
        return []
    bare, source, chance = hub.make("clone"), hub.folder / "source.git", Random(2)
    history(
        source,
        (
            {f"f{number}.bin": chance.randbytes(300_000), "t.txt": b"%d\n" % number * 500}
            for number in range(200)
        ),
    )
    history_bytes = sum(file.stat().st_size for file in source.rglob("*.pack"))
    run(source, "push", "-q", "--force", hub.url("clone"), "main")
    with reference(hub.folder / "reference", bare) as url:
        numbers = iter(range(1_000_000))

        def clone(address: str) -> None:
            place = hub.folder / f"copy-{next(numbers)}"
            run(hub.folder, "clone", "-q", "--bare", address, str(place))
            shutil.rmtree(place)

        ours, peer = median_times(lambda: clone(hub.url("clone")), lambda: clone(url))
    name = f"clone of {history_bytes / 1e6:.0f} MB and 200 commits"
    return [row(name, "git http-backend behind nginx", ours, peer, 1.3)]


@contextlib.contextmanager
def reference(folder: Path, bare: Path) -> Iterator[str]:
    """Serve a copy of a bare repository by nginx, fcgiwrap and git http-backend; yield its URL."""
    port = free_port()
    shutil.copytree(bare, folder / "served" / "clone.git")
    (folder / "nginx.conf").write_text(
        f"user root;\n{NGINX.format(folder=folder, port=port, backend=BACKEND)}"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
    }
    commands = (
        ["fcgiwrap", "-c", "4", "-s", f"unix:{folder}/wrap"],
        ["nginx", "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"],
    )
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    servers = [subprocess.Popen(command, env=environment, **quiet) for command in commands]
    url = f"http://127.0.0.1:{port}/clone.git"
    try:
        wait_until(
            lambda: (
                subprocess.run(["git", "ls-remote", url], capture_output=True, check=False).returncode == 0
            ),
            what="nginx",
        )
        yield url
    finally:
        for process in servers:
            # The whole group, since its children do not end by themselves.
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


def measure(stack: TestStack, token: str, owner: str, folder: Path) -> list[dict]:
    """Return a row per task: milliseconds of the site and of its peer, their ratio and its bound."""
    folder.mkdir(parents=True, exist_ok=True)
    hub = Hub(stack, token, owner, folder)
    parts = (measure_tree, measure_commit, measure_last_commits, measure_clone)
    return [line for part in parts for line in part(hub)]
