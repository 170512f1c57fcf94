"""Writers that upload and commit continuously by HTTP, the hub client and git, one repository each."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import requests

from tests.conftest import wait_until
from tests.system.local_stack import TestStack
from tests.tools.reliability.acts import Act, End, Way

SECONDS = 90


class WriteRefused(Exception):
    """The site answered with an error."""


class Writer(threading.Thread):
    """Performs acts until the queue is empty, and records the outcome on each act."""

    def __init__(
        self, stack: TestStack, token: str, repo: str, folder: Path, acts: queue.SimpleQueue[Act]
    ) -> None:
        super().__init__(name=repo, daemon=True)
        self.stack, self.token, self.repo, self.folder, self.acts = stack, token, repo, folder, acts
        self.headers = {"Authorization": f"Bearer {token}"}
        self.clone = folder / "clone"
        self.uploader: subprocess.Popen[str] | None = None
        self.more_environment: dict[str, str] = {}

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "HF_HOME": str(self.folder / "hf"),
            "HF_ENDPOINT": self.stack.url,
            "HF_TOKEN": self.token,
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_TERMINAL_PROMPT": "0",
            **self.more_environment,
        }

    def run(self) -> None:
        ways: dict[Way, Callable[[Act], str]] = {
            Way.API: self.by_api,
            Way.LFS: self.by_lfs,
            Way.CLIENT: self.by_client,
            Way.PUSH: self.by_push,
        }
        while True:
            try:
                act = self.acts.get_nowait()
            except queue.Empty:
                break
            act.repo = self.repo
            # Start acts only while the site is up, so that kills interrupt them in the middle.
            wait_until(self.stack.is_up, seconds=120, every=0.3, what="the site")
            try:
                act.commit = ways[act.way](act)
                act.end = End.ACKNOWLEDGED
            except WriteRefused as refused:
                act.end, act.words = End.REFUSED, str(refused)
            except (OSError, subprocess.TimeoutExpired) as error:
                act.end, act.words = End.UNANSWERED, f"{type(error).__name__}: {error}"[:200]
        if self.uploader:
            self.uploader.terminate()
            self.uploader.wait(10)

    def _call(self, method: str, url: str, **facts: object) -> requests.Response:
        """Send a request (raises OSError without a response, WriteRefused for an error status)."""
        url = url if url.startswith("http") else f"{self.stack.url}{url}"
        answer = requests.request(method, url, timeout=SECONDS, **facts)  # type: ignore[arg-type]
        if not answer.ok:
            raise WriteRefused(f"{answer.status_code} {answer.text[:150]}")
        return answer

    def _commit(self, act: Act, lines: list[dict]) -> str:
        header = {"key": "header", "value": {"summary": act.message}}
        body = "\n".join(json.dumps(line) for line in [header, *lines])
        headers = {**self.headers, "Content-Type": "application/x-ndjson"}
        return self._call("POST", f"/api/models/{self.repo}/commit/main", data=body, headers=headers).json()[
            "commitOid"
        ]

    def by_api(self, act: Act) -> str:
        def line(path: str, content: bytes) -> dict:
            return {
                "key": "file",
                "value": {"path": path, "encoding": "base64", "content": base64.b64encode(content).decode()},
            }

        return self._commit(act, [line(path, content) for path, content in act.files().items()])

    def by_lfs(self, act: Act) -> str:
        contents = {
            hashlib.sha256(content).hexdigest(): (path, content) for path, content in act.files().items()
        }
        objects = [{"oid": oid, "size": len(content)} for oid, (_, content) in contents.items()]
        fields = {"operation": "upload", "transfers": ["basic"], "hash_algo": "sha256", "objects": objects}
        headers = {
            **self.headers,
            "Accept": "application/vnd.git-lfs+json",
            "Content-Type": "application/vnd.git-lfs+json",
        }
        answer = self._call(
            "POST", f"/{self.repo}.git/info/lfs/objects/batch", json=fields, headers=headers
        ).json()
        for one in answer["objects"]:
            if actions := one.get("actions"):
                self._call("PUT", actions["upload"]["href"], data=contents[one["oid"]][1])
                self._call(
                    "POST",
                    actions["verify"]["href"],
                    json={"oid": one["oid"], "size": one["size"]},
                    headers=headers,
                )
        sizes = {one["oid"]: one["size"] for one in objects}
        values = [
            {"path": path, "algo": "sha256", "oid": oid, "size": sizes[oid]}
            for oid, (path, _) in contents.items()
        ]
        return self._commit(act, [{"key": "lfsFile", "value": value} for value in values])

    def by_client(self, act: Act) -> str:
        """Upload by a hub client process that lives as long as this writer."""
        if self.uploader is None:
            command = [sys.executable, "-m", "tests.tools.reliability.uploader"]
            pipes = {
                "stdin": subprocess.PIPE,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.DEVNULL,
                "text": True,
            }
            self.uploader = subprocess.Popen(
                command, env={**self.environment, "PYTHONPATH": os.getcwd()}, **pipes
            )  # type: ignore[call-overload]
        files = {}
        for path, content in act.files().items():
            file = self.folder / Path(path).name
            file.write_bytes(content)
            files[path] = str(file)
        assert self.uploader.stdin is not None
        assert self.uploader.stdout is not None
        self.uploader.stdin.write(
            json.dumps({"repo": self.repo, "files": files, "message": act.message}) + "\n"
        )
        self.uploader.stdin.flush()
        answer = json.loads(self.uploader.stdout.readline() or '{"error": "the client died"}')
        for file in files.values():
            os.unlink(file)
        if "error" in answer:
            raise (
                WriteRefused
                if "HTTPStatusError" in answer["error"] or "HfHubHTTPError" in answer["error"]
                else OSError
            )(answer["error"])
        return answer["oid"]

    def _git(self, *arguments: str, folder: Path | None = None) -> str:
        command = ["git", "-c", "user.name=owner", "-c", "user.email=owner@example.com", *arguments]
        run = subprocess.run(
            command,
            cwd=folder or self.clone,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if run.returncode:
            raise OSError(run.stderr[-300:])
        return run.stdout.strip()

    def by_push(self, act: Act) -> str:
        if not self.clone.exists():
            origin = self.stack.url.replace("http://", f"http://owner:{self.token}@")
            self._git("clone", "-q", f"{origin}/{self.repo}", "clone", folder=self.folder)
        self._git("fetch", "-q", "origin")
        self._git("reset", "-q", "--hard", "origin/main")
        for path, content in act.files().items():
            file = self.clone / path
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(content)
        self._git("add", "--", *act.paths)
        self._git("commit", "-q", "-m", act.message)
        self._git("push", "-q", "origin", "HEAD:main")
        return self._git("rev-parse", "HEAD")
