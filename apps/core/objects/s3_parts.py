"""Multipart uploads to a bucket: streamed through us, or sent by clients to presigned URLs."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from apps.core.disk_space import check_free_space
from apps.core.errors import BadRequest

from .store import DirectParts, ObjectWriter

if TYPE_CHECKING:
    from .s3_store import S3Store

# larger than any xorb, since a xorb is truncated after its last byte; an object has at most 10,000 parts
PART_BYTES = 80 << 20
# S3's minimum, except for the last part
LEAST_PART_BYTES = 5 << 20
PREFIXES = ("sha256/", "xorbs/", "parts/")


class S3Writer(ObjectWriter):
    """Spools to a local file and sends it part by part.

    The bucket shows the object only when it is complete.
    """

    def __init__(self, store: S3Store, key: str) -> None:
        check_free_space(store.spool)
        store.spool.mkdir(parents=True, exist_ok=True)
        self.store, self.facts = store, {"Bucket": store.bucket, "Key": key}
        self.file = tempfile.NamedTemporaryFile(dir=store.spool, prefix="to-bucket-")  # noqa: SIM115
        self.upload, self.etags = "", dict[int, str]()
        self.spooled = self.sent = 0

    def write(self, block: bytes) -> None:
        self.file.write(block)
        self.spooled += len(block)
        if self.spooled >= PART_BYTES:
            self._send()

    def truncate(self, size: int) -> None:
        if size < self.sent:
            raise ValueError("A part that was already sent cannot be truncated.")
        self.file.truncate(size - self.sent)

    def _send(self) -> None:
        if not self.upload:
            self.upload = self.store.client.create_multipart_upload(**self.facts)["UploadId"]
        number = len(self.etags) + 1
        self.file.seek(0)
        answer = self.store.client.upload_part(
            **self.facts, UploadId=self.upload, PartNumber=number, Body=self.file
        )
        self.etags[number] = answer["ETag"]
        self.file.seek(0)
        self.file.truncate()
        self.sent, self.spooled = self.sent + self.spooled, 0

    def commit(self) -> None:
        self.file.flush()
        if not self.upload:
            self.store.client.upload_file(
                self.file.name, self.facts["Bucket"], self.facts["Key"], Config=self.store.transfers
            )
            return
        if self.spooled:
            self._send()
        self.store.client.complete_multipart_upload(
            **self.facts, UploadId=self.upload, MultipartUpload=_listed(self.etags)
        )
        self.upload = ""

    def __exit__(self, *error: Any) -> None:
        self.file.close()
        if self.upload:
            self.store.client.abort_multipart_upload(**self.facts, UploadId=self.upload)


class S3Parts(DirectParts):
    """Parts that clients send directly to the bucket."""

    min_part_bytes = LEAST_PART_BYTES

    def __init__(self, store: S3Store) -> None:
        self.store = store

    def _facts(self, key: str) -> dict[str, str]:
        return {"Bucket": self.store.bucket, "Key": key}

    def begin(self, key: str) -> str:
        upload: str = self.store.client.create_multipart_upload(**self._facts(key))["UploadId"]
        return upload

    def address(self, key: str, upload: str, number: int, length: int, seconds: int) -> str:
        facts = {**self._facts(key), "UploadId": upload, "PartNumber": number, "ContentLength": length}
        url: str = self.store.signer.generate_presigned_url("upload_part", Params=facts, ExpiresIn=seconds)
        return url

    def finish(self, key: str, upload: str, etags: Mapping[int, str]) -> None:
        try:
            self.store.client.complete_multipart_upload(
                **self._facts(key), UploadId=upload, MultipartUpload=_listed(etags)
            )
        except self.store.refused as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (400, 404):
                raise
            raise BadRequest("Some parts of this upload are missing.", code="MissingParts") from None

    def drop(self, key: str, upload: str) -> None:
        try:
            self.store.client.abort_multipart_upload(**self._facts(key), UploadId=upload)
        except self.store.refused as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise
        self.store.delete(key)

    def rename(self, key: str, to: str) -> None:
        self.store.client.copy(self._facts(key), self.store.bucket, to, Config=self.store.transfers)
        self.store.delete(key)


def sweep_parts(store: S3Store, older_than_seconds: float) -> int:
    """Abort multipart uploads that dead processes left open in the bucket; return how many."""
    limit, count = datetime.now(UTC) - timedelta(seconds=older_than_seconds), 0
    for page in store.client.get_paginator("list_multipart_uploads").paginate(Bucket=store.bucket):
        for row in page.get("Uploads", ()):
            if row["Initiated"] < limit and row["Key"].startswith(PREFIXES):
                S3Parts(store).drop(row["Key"], row["UploadId"]) if row["Key"].startswith(
                    "parts/"
                ) else _abort(store, row)
                count += 1
    return count


def _abort(store: S3Store, row: Mapping[str, Any]) -> None:
    store.client.abort_multipart_upload(Bucket=store.bucket, Key=row["Key"], UploadId=row["UploadId"])


def _listed(etags: Mapping[int, str]) -> dict[str, Any]:
    return {"Parts": [{"PartNumber": number, "ETag": etag} for number, etag in sorted(etags.items())]}
