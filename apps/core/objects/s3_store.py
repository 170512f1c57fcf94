"""Objects in an S3-compatible bucket; boto3 is imported only if a bucket is configured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from apps.registry.blobs.errors import MissingBytes

from .s3_parts import PART_BYTES, S3Parts, S3Writer, sweep_parts
from .store import BLOCK_BYTES, NO_HEADERS, DirectParts, ObjectStore


class S3Store(ObjectStore):
    """A bucket of objects.

    spool       local folder for incoming bytes
    public_url  the endpoint as clients reach it, if it differs from endpoint_url
    presigned   whether clients download from the bucket directly, and upload parts to it
    """

    def __init__(
        self,
        *,
        bucket: str,
        spool: Path,
        endpoint_url: str | None = None,
        region: str = "us-east-1",
        access_key: str = "",
        secret_key: str = "",
        public_url: str | None = None,
        presigned: bool = True,
    ) -> None:
        import boto3
        from boto3.s3.transfer import TransferConfig
        from botocore.config import Config
        from botocore.exceptions import ClientError

        self.bucket, self.spool, self.refused = bucket, spool, ClientError
        self.transfers = TransferConfig(
            multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, max_concurrency=4
        )
        # the newer default checksums break S3-compatible servers
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            max_pool_connections=64,
        )
        keys = {"aws_access_key_id": access_key or None, "aws_secret_access_key": secret_key or None}
        make = partial(boto3.session.Session().client, "s3", region_name=region, config=config, **keys)
        self.client: Any = make(endpoint_url=endpoint_url)
        self.signer: Any = (
            (make(endpoint_url=public_url) if public_url else self.client) if presigned else None
        )

    def writer(self, key: str) -> S3Writer:
        return S3Writer(self, key)

    def make_durable(self, keys: Iterable[str]) -> None:
        """Nothing to do: objects in a bucket are durable."""

    def size(self, key: str) -> int | None:
        try:
            return int(self.client.head_object(Bucket=self.bucket, Key=key)["ContentLength"])
        except self.refused as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return None
            raise

    def _body(self, key: str, start: int, end: int) -> Any:
        try:
            return self.client.get_object(Bucket=self.bucket, Key=key, Range=f"bytes={start}-{end - 1}")[
                "Body"
            ]
        except self.refused as error:
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
        if self.signer is None:
            return None
        facts: dict[str, str] = {"Bucket": self.bucket, "Key": key}
        facts |= {f"Response{name.replace('-', '')}": value for name, value in headers.items()}
        if span:
            facts["Range"] = f"bytes={span[0]}-{span[1]}"
        url: str = self.signer.generate_presigned_url("get_object", Params=facts, ExpiresIn=seconds)
        return url

    def direct_parts(self) -> DirectParts | None:
        return S3Parts(self) if self.signer is not None else None

    def sweep(self, *, older_than_seconds: float) -> int:
        return sweep_parts(self, older_than_seconds)

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=key)

    def keys(self, prefix: str) -> Iterator[str]:
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=f"{prefix}/")
        for page in pages:
            for row in page.get("Contents", ()):
                yield row["Key"]
