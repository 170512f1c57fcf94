"""Refusals of malformed Xet input."""

from apps.core.errors import BadRequest


class MalformedXorb(BadRequest):
    code = "MalformedXorb"
    default = "The xorb is malformed."


class MalformedShard(BadRequest):
    code = "MalformedShard"
    default = "The shard is malformed."
