"""Malformed requests: valid ones with one or two parts replaced, drawn with a fixed seed."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlencode

ODD_SEGMENTS = [
    "%00",
    "a%00b",
    "%FF",
    "%ED%A0%80",
    "..",
    "%2e%2e%2f%2e%2e%2fetc",
    "a%2Fb",
    "%F0%9F%8C%B3",
    "x" * 300,
    "%",
    "%zz",
    "-1",
    "9" * 30,
    "%27%22%3Cb%3E",
    "*",
    "%0A%0Dx",
    "refs%2Fheads%2Fmain",
    "refs/pr/1",
    "HEAD~1",
    "@{-1}",
    "%20",
    ".git",
    "0" * 40,
    "¹",
    "%01",
    "a%1bb",
    "%7F",
    "%09",
    "x%0d%0aX-Odd:%201",
    "%C2%85",
    "%E2%80%A8",
]
# in names and paths: characters that terminals, headers, logs or databases interpret
CONTROLS = [
    "\x01",
    "a\x1b[31mb",
    "\x7f",
    "a\tb",
    "a\r\nX-Odd: 1",
    "\x85",
    "a\u2028b",
    "\x0b\x0c",
    "\x1f" * 40,
]
ODD_TEXTS = [
    *CONTROLS,
    "\0",
    "a\0b",
    "\ud800",
    "",
    " ",
    "-1",
    "0",
    "9" * 30,
    "9" * 5000,
    "1e999",
    "NaN",
    "../..",
    "//example.com",
    "javascript:alert(1)",
    "x" * 5000,
    "🌳",
    "'\"<b>%s{}",
    "\u202e\ufeff",
    "٣",
    "0-0",
    "999999999999999-999999999999999",
    "W10",
    "WyIwIiwiMCIsIjAiXQ",
    "WyJcdTAwMDAiLCJcdTAwMDAiXQ",
    "W251bGwsbnVsbF0",
    "W1tbW1tbW1tbW11dXV1dXV1dXV0",
    "A" * 1001,
    "5ecc1f0d-0000-0000-0000-000000000000",
    "main",
]
ODD_VALUES: list[Any] = [
    *ODD_TEXTS,
    None,
    True,
    False,
    0,
    -1,
    2**31,
    2**63,
    10**30,
    10**400,
    1.5,
    [],
    {},
    [[]],
    [None],
    {"a": {"b": [1]}},
    [0] * 2000,
]
ODD_BODIES = [
    b"",
    b"{",
    b"null",
    b"[]",
    b"0",
    b'"x"',
    b"\xff\xfe\x00",
    b"[" * 100_000,
    b'{"a":' * 20_000,
    b'{"a": NaN, "b": Infinity, "c": -1e999}',
    b'{"a": ' + b"9" * 5000 + b"}",
    b'{"name": "\\u0000", "key": "\\ud800"}',
    b'{"name": "\\u0001\\u001b\\u007f", "path": "a\\r\\nb"}',
    b"name=%01%1b%7f&path=a%0d%0ab&cursor=%01",
    b'--x\r\nContent-Disposition: form-data; name="files"; filename="a\x01\x1bb"\r\n\r\nx\r\n--x--\r\n',
    b"name=%00&name=%FF&cursor=%ED%A0%80",
    b"a=1&" * 6000,
    b'--x\r\nContent-Disposition: form-data; name="files"; filename="a\0b"\r\n\r\nx\r\n--x--\r\n',
    b'--x\r\nContent-Disposition: form-data; name="files"\r\n',
    b"0000",
    b"00000000",
    b"fffe",
    b"0032want " + b"0" * 40 + b"\n00000009done\n",
    gzip.compress(bytes(4 << 20)),
    gzip.compress(b"0000")[:-4],
    b"HFRepoMetaData\x00" + bytes(200),
    bytes(64),
]
BODY_KINDS = [
    "application/json",
    "application/json; charset=klingon",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-16",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "application/x-ndjson",
    "text/plain",
    "",
    "a/b/c\xff",
]
ODD_HEADERS = {
    "Range": [
        "bytes=0-",
        "bytes=5-1",
        "bytes=-0",
        "bytes=99999999999999999999-",
        "bytes=0-0,5-6",
        "items=1",
        "bytes=²-",
        "bytes=\0",
    ],
    "Accept": ["*", "text/plain", "application/xml", "", "a/b;q=x", "\xff"],
    "Accept-Language": ["zz", "zh-hans;q=9", "*" * 2000, "\xff", "en;q=0.0001"],
    "Accept-Encoding": ["gzip", "zstd", "\0"],
    "Authorization": [
        "Basic",
        "Basic é",
        "Basic !!!!",
        "Basic AAAA",
        "Bearer",
        "Bearer \xff",
        "Bearer " + "x" * 5000,
        "Digest a=b",
        "Bearer a b",
    ],
    "Content-Encoding": ["gzip", "br", "x"],
    "Content-Length": ["0", "5", "99999999"],
    "Cookie": [
        "sessionid=x",
        "sessionid=%00",
        "csrftoken=\xff",
        "django_language=zz",
        "theme=<b>",
        "messages=x",
        ";;;=",
        "sessionid=" + "y" * 300,
        r'sessionid="aaaaaaaaaa\000b"',
        r'sessionid="aaaaaaaaaa\001\033\177"',
        r'csrftoken="\000"; theme="\000"; django_language="\000"',
    ],
    "Git-Protocol": ["version=2", "version=99", "\xff"],
    "Host": ["", "a b", "[::1", "evil.example.com", "x" * 300, "testserver:99999", "testserver:x", "\xff"],
    "HX-Request": ["true"],
    "HX-Target": ["next-rows", "\xff"],
    "If-None-Match": ["*", '"x"', "\xff", 'W/"'],
    "If-Modified-Since": ["x", "Thu, 99 Jan 9999 99:99:99 GMT"],
    "Last-Event-ID": ["-1", "9" * 40, "²", "x"],
    "Origin": ["null", "https://example.com", "\xff"],
    "Referer": ["https://example.com", "\xff", "http://[", "https://example.com/\x01"],
    "X-Forwarded-Host": ["evil.example.com"],
    "X-Forwarded-Proto": ["https", "x"],
    "X-Request-Id": ["\xff", "x" * 300, "\x01", "a\tb", "\x7f"],
    "X-Amzn-Trace-Id": ["\x1b", "Root=\x01"],
    "X-Xet-Session-Id": ["\x01", "a b", "x" * 300],
    "Access-Control-Request-Method": ["\x01", "GET"],
    "Access-Control-Request-Headers": ["\x01", "a\tb", "x" * 3000],
    "X-HF-Download-Counter": ["1"],
}
QUERY_NAMES = (
    "cursor limit search author filter expand sort kind state namespace repo repo_key after at as split "
    "subset file revision skip size tag task service word next name owner dataset dataset_revision "
    "create_pr num_parameters full recursive mine who code client_id redirect_uri response_type scope "
    "download lang format language library license licence order datasets pipeline_tag "
    "post_logout_redirect_uri id_token_hint"
).split()


@dataclass
class OddRequest:
    """One request, with a percent-encoded path and a body of bytes."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    kind: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        target = f"{self.path}?{self.query}" if self.query else self.path
        return f"{self.method} {target} {self.kind!r} {self.headers} {self.body[:300]!r}"


def odd_text(random: Random) -> str:
    return random.choice(ODD_TEXTS)


def json_paths(value: Any, here: tuple = ()) -> Iterator[tuple]:
    """Yield the path of every part of a JSON value, itself included."""
    yield here
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield from json_paths(part, (*here, name))


def with_odd_part(value: Any, random: Random) -> Any:
    """Return a JSON value with one of its parts replaced."""
    changed = json.loads(json.dumps(value))
    *way, last = random.choice([place for place in json_paths(changed) if place] or [("odd",)])
    holder = changed
    for step in way:
        holder = holder[step]
    holder[last] = random.choice(ODD_VALUES)
    return changed


def as_form(fields: Mapping[str, Any]) -> bytes:
    texts = {
        name: value if isinstance(value, str) else json.dumps(value)[:5000] for name, value in fields.items()
    }
    return urlencode(texts, errors="surrogatepass").encode()


def body_of(example: Any, kind: str, random: Random) -> bytes:
    if kind.startswith("application/x-www-form-urlencoded") and isinstance(example, dict):
        return as_form(example)
    if kind == "application/x-ndjson":
        lines = example if isinstance(example, list) else [example]
        return b"".join(json.dumps(line).encode() + b"\n" for line in lines)[: random.choice([-1, -5, 10**9])]
    return json.dumps(example).encode()
