"""Policies of the Xet routes: they verify the token or the signature of the request."""

from __future__ import annotations

from apps.core.web.policies import Policy

from .signed_urls import signed_range
from .tokens import token_of, writer_of

XET_TOKEN = Policy(
    "xet-token", "the holder of a Xet token", admits_applications=True, open=token_of, gives="token"
)
XET_WRITE = Policy(
    "xet-write",
    "the holder of a Xet token for writing",
    admits_applications=True,
    open=writer_of,
    gives="token",
)
XET_URL = Policy(
    "xet-url",
    "the holder of a signed URL for a range",
    admits_applications=True,
    open=signed_range,
    takes=("hash",),
    gives="signed",
)
POLICIES = [XET_TOKEN, XET_WRITE, XET_URL]
