"""Refusals of malformed Xet input."""

from apps.core.errors import BadRequest


class MalformedXorb(BadRequest):
    code = "MalformedXorb"
    default = "The xorb is malformed."


class XorbHashMismatch(BadRequest):
    code = "XorbHashMismatch"
    default = "The chunks of the xorb do not match its hash."


class MalformedShard(BadRequest):
    code = "MalformedShard"
    default = "The shard is malformed."


class UnknownXorb(MalformedShard):
    code = "UnknownXorb"
    default = "The shard references a xorb that is not stored."
