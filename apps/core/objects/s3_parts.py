"""Multipart uploads to a bucket: streamed through us, or sent by clients to presigned URLs."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from apps.core.disk_space import check_free_space

from .errors import MissingParts
from .s3_bucket import PART_BYTES, S3Bucket
from .store import DirectParts, ObjectWriter

# S3's minimum, except for the last part
LEAST_PART_BYTES = 5 << 20


class S3Writer(ObjectWriter):
    """Spools to a local file and sends it part by part.

    The bucket shows the object only when it is complete.
    """

    def __init__(self, bucket: S3Bucket, key: str) -> None:
        check_free_space(bucket.spool)
        bucket.spool.mkdir(parents=True, exist_ok=True)
        self.bucket, self.place = bucket, bucket.place(key)
        self.file = tempfile.NamedTemporaryFile(dir=bucket.spool, prefix="to-bucket-")  # noqa: SIM115
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
            self.upload = self.bucket.client.create_multipart_upload(**self.place)["UploadId"]
        number = len(self.etags) + 1
        self.file.seek(0)
        answer = self.bucket.client.upload_part(
            **self.place, UploadId=self.upload, PartNumber=number, Body=self.file
        )
        self.etags[number] = answer["ETag"]
        self.file.seek(0)
        self.file.truncate()
        self.sent, self.spooled = self.sent + self.spooled, 0

    def commit(self) -> None:
        self.file.flush()
        if not self.upload:
            self.bucket.client.upload_file(
                self.file.name, self.place["Bucket"], self.place["Key"], Config=self.bucket.transfers
            )
            return
        if self.spooled:
            self._send()
        self.bucket.client.complete_multipart_upload(
            **self.place, UploadId=self.upload, MultipartUpload=_listed(self.etags)
        )
        self.upload = ""

    def __exit__(self, *error: Any) -> None:
        self.file.close()
        if self.upload:
            self.bucket.client.abort_multipart_upload(**self.place, UploadId=self.upload)


class S3Parts(DirectParts):
    """Parts that clients send directly to the bucket."""

    min_part_bytes = LEAST_PART_BYTES

    def __init__(self, bucket: S3Bucket) -> None:
        self.bucket = bucket

    def _delete(self, key: str) -> None:
        self.bucket.client.delete_object(**self.bucket.place(key))

    def begin(self, key: str) -> str:
        upload: str = self.bucket.client.create_multipart_upload(**self.bucket.place(key))["UploadId"]
        return upload

    def address(self, key: str, upload: str, number: int, length: int, seconds: int) -> str:
        facts = {**self.bucket.place(key), "UploadId": upload, "PartNumber": number, "ContentLength": length}
        url: str = self.bucket.signer.generate_presigned_url("upload_part", Params=facts, ExpiresIn=seconds)
        return url

    def finish(self, key: str, upload: str, etags: Mapping[int, str]) -> None:
        try:
            self.bucket.client.complete_multipart_upload(
                **self.bucket.place(key), UploadId=upload, MultipartUpload=_listed(etags)
            )
        except self.bucket.refused as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in (400, 404):
                raise
            raise MissingParts from None

    def abort(self, key: str, upload: str) -> None:
        """End an upload without an object; absent ones are ignored."""
        try:
            self.bucket.client.abort_multipart_upload(**self.bucket.place(key), UploadId=upload)
        except self.bucket.refused as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
                raise

    def drop(self, key: str, upload: str) -> None:
        self.abort(key, upload)
        self._delete(key)

    def rename(self, key: str, to: str) -> None:
        self.bucket.client.copy(self.bucket.place(key), self.bucket.name, to, Config=self.bucket.transfers)
        self._delete(key)


def sweep_parts(bucket: S3Bucket, older_than_seconds: float, folders: Collection[str]) -> int:
    """Abort multipart uploads that dead processes left open in the bucket; return how many."""
    limit, count = datetime.now(UTC) - timedelta(seconds=older_than_seconds), 0
    for page in bucket.client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket.name):
        for row in page.get("Uploads", ()):
            if row["Initiated"] < limit and row["Key"].partition("/")[0] in folders:
                S3Parts(bucket).abort(row["Key"], row["UploadId"])
                count += 1
    return count


def _listed(etags: Mapping[int, str]) -> dict[str, Any]:
    return {"Parts": [{"PartNumber": number, "ETag": etag} for number, etag in sorted(etags.items())]}
