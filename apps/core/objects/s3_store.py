"""Objects in an S3-compatible bucket."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from .errors import MissingBytes
from .s3_bucket import S3Bucket
from .s3_parts import S3Parts, S3Writer, sweep_parts
from .store import BLOCK_BYTES, NO_HEADERS, DirectParts, ObjectEntry, ObjectStore


class S3Store(ObjectStore):
    """A bucket of objects."""

    def __init__(self, bucket: S3Bucket) -> None:
        self.bucket = bucket

    def writer(self, key: str) -> S3Writer:
        return S3Writer(self.bucket, key)

    def make_durable(self, keys: Iterable[str]) -> None:
        """Nothing to do: objects in a bucket are durable."""

    def size(self, key: str) -> int | None:
        try:
            return int(self.bucket.client.head_object(**self.bucket.place(key))["ContentLength"])
        except self.bucket.refused as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise

    def _body(self, key: str, start: int, end: int) -> Any:
        try:
            return self.bucket.client.get_object(**self.bucket.place(key), Range=f"bytes={start}-{end - 1}")[
                "Body"
            ]
        except self.bucket.refused as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in (404, 416):
                raise MissingBytes(key) from None
            raise

    def read(self, key: str, start: int, end: int) -> bytes:
        if start == end:
            return b""
        with self._body(key, start, end) as body:
            data: bytes = body.read()
        if len(data) != end - start:
            raise MissingBytes(key)
        return data

    def stream(self, key: str, start: int, end: int) -> Iterator[bytes]:
        if start == end:
            return iter(())
        return self._blocks(key, self._body(key, start, end), end - start)

    def _blocks(self, key: str, body: Any, length: int) -> Iterator[bytes]:
        with body:
            for block in body.iter_chunks(BLOCK_BYTES):
                length -= len(block)
                yield block
        if length:
            raise MissingBytes(key)

    def download_url(
        self,
        key: str,
        *,
        seconds: int,
        span: tuple[int, int] | None = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> str | None:
        """Return a presigned URL.

        A span becomes a signed Range header, so the bucket refuses any other range.
        """
        if self.bucket.signer is None:
            return None
        facts = self.bucket.place(key)
        facts |= {f"Response{name.replace('-', '')}": value for name, value in headers.items()}
        if span:
            facts["Range"] = f"bytes={span[0]}-{span[1]}"
        url: str = self.bucket.signer.generate_presigned_url("get_object", Params=facts, ExpiresIn=seconds)
        return url

    def direct_parts(self) -> DirectParts | None:
        return S3Parts(self.bucket) if self.bucket.signer is not None else None

    def sweep(self, *, older_than_seconds: float, folders: Collection[str]) -> int:
        return sweep_parts(self.bucket, older_than_seconds, folders)

    def delete(self, key: str) -> None:
        self.bucket.client.delete_object(**self.bucket.place(key))

    def entries(self, folder: str, *, after: str = "") -> Iterator[ObjectEntry]:
        start = {"StartAfter": after} if after else {}
        pages = self.bucket.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket.name, Prefix=f"{folder}/", **start
        )
        for page in pages:
            for row in page.get("Contents", ()):
                yield ObjectEntry(row["Key"], int(row["Size"]), row["LastModified"])
