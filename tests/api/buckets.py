"""A bucket on a real S3 server process, and requests to it as clients send them."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import boto3
from moto.server import ThreadedMotoServer


@contextmanager
def bucket_server() -> Iterator[str]:
    """Run an S3 server and yield its URL."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


@dataclass
class Bucket:
    """A new bucket on a server."""

    url: str
    name: str = field(default_factory=lambda: f"objects-{uuid4().hex}")

    def __post_init__(self) -> None:
        keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
        self.client: Any = boto3.client("s3", endpoint_url=self.url, region_name="us-east-1", **keys)
        self.client.create_bucket(Bucket=self.name)

    @property
    def options(self) -> dict[str, Any]:
        """The value of OBJECT_STORE for this bucket."""
        facts = {"endpoint_url": self.url, "region": "us-east-1", "access_key": "a", "secret_key": "b"}
        return {"kind": "s3", "bucket": self.name, **facts}

    @property
    def keys(self) -> list[str]:
        return sorted(row["Key"] for row in self.client.list_objects_v2(Bucket=self.name).get("Contents", ()))


def fetch_url(url: str, **headers: str) -> bytes:
    """Fetch a URL without credentials."""
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20) as answer:
        return answer.read()
