"""Storing, linking and unlinking large objects."""

from .blobs import store_blob
from .links import link_objects, revive_objects, share_object, unlink_objects, unlink_repo
from .multipart import begin_multipart, finish_multipart, part_addresses, store_part
from .reservations import reserve_bytes
from .shards import ValidationProgress, register_shard
from .sweep import sweep_uploads
from .upload_context import UploadContext
from .xet_hashes import hash_blob, hash_blobs
from .xorbs import store_xorb

__all__ = [
    "UploadContext",
    "ValidationProgress",
    "begin_multipart",
    "finish_multipart",
    "hash_blob",
    "hash_blobs",
    "link_objects",
    "part_addresses",
    "register_shard",
    "reserve_bytes",
    "revive_objects",
    "share_object",
    "store_blob",
    "store_part",
    "store_xorb",
    "sweep_uploads",
    "unlink_objects",
    "unlink_repo",
]
