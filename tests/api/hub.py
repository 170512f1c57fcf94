"""A hub API client on top of Django's test client."""

from __future__ import annotations

import base64
import json
from typing import Any

from django.test import Client

# Sentences that huggingface_hub compares in its own code: part of the protocol.
BAD_TOKEN_SENTENCE = "Invalid credentials in Authorization header"
BRANCH_MOVED_SENTENCE = "The branch was updated since you opened this page. Please refresh and try again."
NO_SUCH_FILE_SENTENCE = "A file with this name doesn't exist"


class Hub:
    """Sends percent-encoded paths, as real clients do, with or without a token."""

    def __init__(self, person=None) -> None:
        self.client, self.headers = (
            Client(raise_request_exception=True),
            dict(person.headers) if person else {},
        )

    def send(
        self, method: str, path: str, *, body: Any = None, kind: str = "application/json", **headers: str
    ):
        data = json.dumps(body).encode() if kind == "application/json" and body is not None else body or b""
        sent = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.generic(method, path, data, kind, headers=sent, RAW_URI=path)

    def get(self, path: str, **headers: str):
        return self.send("GET", path, **headers)

    def head(self, path: str, **headers: str):
        return self.send("HEAD", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str):
        return self.send("POST", path, body=body, **headers)

    def delete(self, path: str, body: Any = None):
        return self.send("DELETE", path, body=body)

    def put(self, path: str, body: Any = None):
        return self.send("PUT", path, body=body)

    def commit(
        self,
        repo,
        *lines: dict,
        message: str = "Change",
        branch: str = "main",
        text: bytes | None = None,
        **header: str,
    ):
        """Post a commit.

        lines  from `file_line`, `large_line` and `deleted_line`
        text   replaces the whole body
        """
        commit_lines = [{"key": "header", "value": {"summary": message, "description": "", **header}}, *lines]
        body = (
            text if text is not None else b"".join(json.dumps(line).encode() + b"\n" for line in commit_lines)
        )
        address = f"/api/{repo.address.plural}/{repo.address.id}"
        return self.send("POST", f"{address}/commit/{branch}", body=body, kind="application/x-ndjson")


def file_line(path: str, content: bytes) -> dict:
    return {
        "key": "file",
        "value": {"content": base64.b64encode(content).decode(), "path": path, "encoding": "base64"},
    }


def large_line(path: str, sha256: str, size: int | None = None) -> dict:
    return {
        "key": "lfsFile",
        "value": {
            "path": path,
            "algo": "sha256",
            "oid": sha256,
            **({"size": size} if size is not None else {}),
        },
    }


def deleted_line(path: str, key: str = "deletedFile") -> dict:
    return {"key": key, "value": {"path": path}}


def refusal(response) -> tuple[int, str]:
    """Return status and X-Error-Code of a refusal, after checking its other headers and its body."""
    assert response["X-Request-Id"]
    assert response["X-Error-Message"]
    if response.request["REQUEST_METHOD"] != "HEAD":
        assert response.json()["error"]
    return response.status_code, response["X-Error-Code"]
