"""Changing large objects: bringing them in, linking them, letting them go."""

from .blobs import store_blob
from .deposit import Deposit
from .links import drop_links, drop_objects, link_objects, revive_objects, share_object
from .multipart import begin_multipart, finish_multipart, part_addresses, store_part
from .reservations import reserved
from .shards import Validating, register_shard
from .sweep import sweep_uploads
from .xorbs import store_xorb

__all__ = [
    "Deposit",
    "Validating",
    "begin_multipart",
    "drop_links",
    "drop_objects",
    "finish_multipart",
    "link_objects",
    "part_addresses",
    "register_shard",
    "reserved",
    "revive_objects",
    "share_object",
    "store_blob",
    "store_part",
    "store_xorb",
    "sweep_uploads",
]
