"""Mutations of valid requests."""

from __future__ import annotations

import gzip
import zlib
from functools import cache
from random import Random

from tests.api.oddities import ODD_HEADERS, ODD_SEGMENTS, QUERY_NAMES, as_form, odd_text
from tests.tools.fuzz.raw_http import RawRequest

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get", "X" * 30)
LENGTHS = ("0", "-1", "1", "99999999999999999999", "+5", "0x10", "5, 5", "", "a", "1e3")
RANGES = (
    "bytes=0-",
    "bytes=-1",
    "bytes=1-0",
    "bytes=-0",
    "bytes=0-0,2-3",
    "bytes=18446744073709551615-",
    "bytes=0-18446744073709551616",
    "octets=0-1",
    "bytes=",
    "bytes=0-99999999999",
    "bytes=5",
    "bytes 0-1",
    "bytes=" + ",".join(f"{n}-{n}" for n in range(300)),
)
MORE_HEADERS = {
    "If-Range": ['"x"', "*", "Thu, 01 Jan 1970 00:00:00 GMT", 'W/"a"'],
    "If-Match": ["*", '"x"', '"x", "y"', "x" * 3000],
    "If-Unmodified-Since": ["x", "Thu, 01 Jan 1970 00:00:00 GMT"],
    "Expect": ["100-continue", "x"],
    "Connection": ["keep-alive, Upgrade", "close, Content-Length"],
    "Upgrade": ["h2c", "websocket"],
    "Content-MD5": ["x"],
    "Transfer-Encoding": ["identity", "gzip, chunked", "chunked, chunked", "x"],
    "X-HTTP-Method-Override": ["DELETE"],
}
HEADERS = {
    **{name: [value for value in values if value.isascii()] for name, values in ODD_HEADERS.items()},
    **MORE_HEADERS,
}


@cache
def bomb() -> bytes:
    """Return a quarter of a megabyte of gzip that expands a thousandfold."""
    return gzip.compress(bytes(256 << 20), 9)


def corrupt_bytes(data: bytes, random: Random) -> bytes:
    """Return bytes with one to four mutations: flipped, cut, doubled, dropped, inserted, extreme or zero."""
    out = bytearray(data)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(out) + 1)
        length = random.choice((1, 2, 4, 8, 48, 4096))
        mutation = random.choice(("flip", "cut", "double", "drop", "insert", "limit", "zero"))
        if mutation == "flip" and out:
            out[at % len(out)] ^= 1 << random.randrange(8)
        elif mutation == "cut":
            del out[at:]
        elif mutation == "double":
            out[at:at] = out[at : at + length]
        elif mutation == "drop":
            del out[at : at + length]
        elif mutation == "insert":
            out[at:at] = random.randbytes(length)
        elif mutation == "limit":
            out[at : at + 8] = random.choice(
                (b"\xff" * 8, b"\x7f" + b"\xff" * 7, b"\0\0\0\x80" * 2, (1 << 31).to_bytes(8, "little"))
            )
        else:
            out[at : at + length] = bytes(length)
    return bytes(out)


def corrupt_target(target: str, random: Random) -> str:
    """Return a target with an odd segment or query."""
    path, _, query = target.partition("?")
    if random.random() < 0.5:
        parts = path.split("/")
        parts[random.randrange(1, len(parts))] = (
            random.choice(ODD_SEGMENTS).encode("ascii", "ignore").decode() or "x"
        )
        path = "/".join(parts)
    else:
        odd = as_form(
            {random.choice(QUERY_NAMES): odd_text(random) for _ in range(random.randint(1, 3))}
        ).decode()
        query = "&".join(part for part in (query, odd) if part)
    return f"{path}?{query}" if query else path


def encode_body(sent: RawRequest, random: Random) -> None:
    """Compress a body, declare a false encoding, or send a gzip bomb."""
    how = random.choice(("gzip", "bomb", "lie", "deflate", "cut"))
    if how == "bomb":
        sent.body = bomb()
    elif how != "lie":
        packed = zlib.compress(sent.body) if how == "deflate" else gzip.compress(sent.body)
        sent.body = packed[: len(packed) // 2] if how == "cut" else packed
    sent.headers.append(("Content-Encoding", "deflate" if how == "deflate" else "gzip"))


EXTRA_HEADERS = {"range": ("Range", RANGES), "length": ("Content-Length", LENGTHS)}


def without(sent: RawRequest, name: str) -> list[tuple[str, str]]:
    return [pair for pair in sent.headers if pair[0] != name]


def corrupt_header(sent: RawRequest, random: Random) -> None:
    """Send a header with an odd value, sometimes in addition to the valid one."""
    name = random.choice(sorted(HEADERS))
    sent.headers = [pair for pair in sent.headers if pair[0] != name or random.random() < 0.2]
    sent.headers.append((name, random.choice(HEADERS[name])))


def corrupt_request(sent: RawRequest, random: Random) -> RawRequest:
    """Apply up to two mutations to a request."""
    for _ in range(random.choice((0, 1, 1, 2))):
        place = random.choice(
            (
                "method",
                "target",
                "header",
                "header",
                "range",
                "length",
                "body",
                "body",
                "encoding",
                "chunks",
                "token",
            )
        )
        if place == "method":
            sent.method = random.choice(METHODS)
        elif place == "target":
            sent.target = corrupt_target(sent.target, random)
        elif place == "header":
            corrupt_header(sent, random)
        elif place in EXTRA_HEADERS:
            name, values = EXTRA_HEADERS[place]
            sent.headers.append((name, random.choice(values)))
        elif place == "body" and sent.body:
            sent.body = corrupt_bytes(sent.body, random)
        elif place == "encoding":
            encode_body(sent, random)
        elif place == "chunks":
            sent.is_chunked = True
        elif place == "token":
            sent.headers = without(sent, "Authorization")
    # A line break would only split a header in two.
    sent.headers = [(name, value.replace("\r", "").replace("\n", "")) for name, value in sent.headers]
    return sent
