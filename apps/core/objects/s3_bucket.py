"""The connection to an S3-compatible bucket; boto3 is imported only if a bucket is configured."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

# larger than any object whose writer is truncated after its last byte; an object has at most 10,000 parts
PART_BYTES = 80 << 20


@dataclass(frozen=True, slots=True)
class S3Bucket:
    """A bucket and how it is reached.

    spool      local folder for incoming bytes
    client     for our own requests
    signer     signs the URLs that clients use; None if they do not talk to the bucket
    transfers  the library's settings for transfers in parts
    refused    the library's error for a refused request
    """

    name: str
    spool: Path
    client: Any
    signer: Any
    transfers: Any
    refused: Any

    def place(self, key: str) -> dict[str, str]:
        """Return the arguments that name an object."""
        return {"Bucket": self.name, "Key": key}


def connect(
    *,
    bucket: str,
    spool: Path,
    endpoint_url: str | None = None,
    region: str = "us-east-1",
    access_key: str = "",
    secret_key: str = "",
    public_url: str | None = None,
    presigned: bool = True,
) -> S3Bucket:
    """Return the connection to a bucket.

    public_url  the endpoint as clients reach it, if it differs from endpoint_url
    presigned   whether clients download from the bucket directly, and upload parts to it
    """
    import boto3
    from boto3.s3.transfer import TransferConfig
    from botocore.config import Config
    from botocore.exceptions import ClientError

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
    client: Any = make(endpoint_url=endpoint_url)
    signer: Any = (make(endpoint_url=public_url) if public_url else client) if presigned else None
    transfers = TransferConfig(
        multipart_threshold=PART_BYTES, multipart_chunksize=PART_BYTES, max_concurrency=4
    )
    return S3Bucket(bucket, spool, client, signer, transfers, ClientError)
