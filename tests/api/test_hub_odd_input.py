"""Hub protocol: every malformed request is refused in the hub's format."""

import json

import pytest

from apps.registry.protocols.hub.errors import is_hub_path
from tests.api.hub import Hub
from tests.makers import a_repo

ODD_SEGMENTS = [
    "%00",
    "%FF",
    "%2e%2e",
    "a%2F..%2Fb",
    "%F0%9F%8C%B3",
    "x" * 300,
    "%25",
    "-",
    "refs%2Fpr%2F0",
    "refs/pr/999",
    "*",
    "%0A",
    "'",
    "{}",
]
ODD_VALUES = [
    None,
    True,
    -1,
    10**30,
    1.5,
    "",
    "\u0000",
    "\ud800",
    [],
    {},
    [[]],
    {"a": {"b": []}},
    "x" * 5000,
    [None],
    "../..",
    "🌳",
]
ADDRESS = "/api/models/owner/tiny"
READS = [
    "/api/models/{}/tiny",
    "/api/models/owner/{}",
    ADDRESS + "/revision/{}",
    ADDRESS + "/tree/{}",
    ADDRESS + "/tree/main/{}",
    ADDRESS + "/commits/{}",
    ADDRESS + "/{}",
    "/owner/tiny/resolve/{}/.gitattributes",
    "/owner/tiny/resolve/main/{}",
    "/owner/tiny/raw/main/{}",
    "/{}/tiny/resolve/main/x",
    "/api/users/{}/overview",
    "/api/organizations/{}/members",
    "/api/models?search={}",
    "/api/models?author={}",
    "/api/models?filter={}",
    "/api/models?cursor={}",
    "/api/models?limit={}",
    "/api/models?expand={}",
    "/api/models?num_parameters={}",
    ADDRESS + "/tree/main?cursor={}",
    ADDRESS + "/tree/main?limit={}",
    ADDRESS + "/commits/main?cursor={}",
    ADDRESS + "/lfs-files?cursor={}",
    "/api/settings/repositories?cursor={}",
]
BODIES = [
    ("POST", "/api/repos/create", ["name", "organization", "type", "visibility", "private", "sdk"]),
    ("DELETE", "/api/repos/delete", ["name", "organization", "type"]),
    ("POST", "/api/repos/move", ["fromRepo", "toRepo", "type"]),
    ("PUT", ADDRESS + "/settings", ["visibility", "private", "gated"]),
    ("POST", "/api/validate-yaml", ["content", "repoType"]),
    ("POST", ADDRESS + "/branch/x", ["startingPoint", "emptyBranch", "overwrite"]),
    ("POST", ADDRESS + "/tag/main", ["tag", "message"]),
    ("POST", ADDRESS + "/super-squash/absent", ["message"]),
    ("POST", ADDRESS + "/paths-info/main", ["paths", "expand"]),
    ("POST", ADDRESS + "/preupload/main", ["files", "gitIgnore", "gitAttributes"]),
]
GOOD = {
    "name": "n",
    "type": "model",
    "fromRepo": "owner/tiny",
    "toRepo": "owner/tiny",
    "content": "",
    "tag": "v1",
    "files": [],
    "paths": [],
}
GOOD_COMMIT = {
    "summary": "s",
    "path": "a",
    "content": "QQ==",
    "encoding": "base64",
    "oid": "0" * 64,
    "algo": "sha256",
}


def is_answered(response) -> bool:
    """Return whether a response is no server error, and for hub paths in the hub's format."""
    if response.status_code < 400 or not is_hub_path(response.wsgi_request.path):
        return response.status_code < 500
    return response.status_code < 500 and bool(response["X-Error-Message"]) and bool(response["X-Request-Id"])


@pytest.fixture
def hub(cast):
    a_repo(owner=cast.owner, name="tiny")
    return Hub(cast.owner)


@pytest.mark.parametrize("template", READS)
def test_odd_addresses_and_queries_are_answered(hub, template):
    for segment in ODD_SEGMENTS:
        response = hub.get(template.format(segment))
        assert is_answered(response), (template, segment, response.status_code)


@pytest.mark.parametrize(("method", "path", "names"), BODIES)
def test_odd_bodies_are_answered(hub, method, path, names):
    for name in names:
        for value in ODD_VALUES:
            response = hub.send(
                method, path, body={**{key: GOOD[key] for key in names if key in GOOD}, name: value}
            )
            assert is_answered(response), (path, name, value, response.status_code)


@pytest.mark.parametrize("key", ["file", "lfsFile", "deletedFile", "deletedFolder", "header"])
def test_odd_lines_of_a_commit_are_answered(hub, cast, key):
    repo = a_repo(owner=cast.owner, name="other")
    for name in (
        "path",
        "content",
        "encoding",
        "oid",
        "algo",
        "size",
        "summary",
        "description",
        "parentCommit",
    ):
        for value in ODD_VALUES:
            header = {"key": "header", "value": {"summary": "s", "description": ""}}
            line = {"key": key, "value": {**GOOD_COMMIT, name: value}}
            text = b"".join(
                json.dumps(one).encode() + b"\n" for one in ([line] if key == "header" else [header, line])
            )
            response = hub.commit(repo, text=text)
            assert is_answered(response), (key, name, value, response.status_code)


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "text/\xff",
    ],
)
@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"--x\r\n", b"paths=%00&paths=%FF", b"a=1&" * 6000])
def test_bodies_of_odd_kinds_are_answered(hub, kind, body):
    for path in (f"{ADDRESS}/paths-info/main", "/api/repos/create", f"{ADDRESS}/commit/main"):
        response = hub.send("POST", path, body=body, kind=kind)
        assert is_answered(response), (path, kind, body[:20], response.status_code)


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "\xed\xa0\x80", "private": true}',
        '{"name": "a\\u0000b"}'.encode("utf-16"),
        b'{"name": "\xff"}',
        b'{"name": NaN}',
        b"[" * 100_000,
        b'["name"]',
    ],
    ids=["raw surrogate", "NUL in UTF-16", "invalid UTF-8", "NaN", "deep", "array"],
)
def test_json_that_is_no_object_in_utf_8_is_refused(hub, body):
    response = hub.send("POST", "/api/repos/create", body=body, kind="text/plain")

    assert response.status_code == 400
    assert is_answered(response)


@pytest.mark.parametrize(
    "fields",
    [
        "bytes=",
        "bytes=-",
        "bytes=a-b",
        "bytes=5-1",
        "bytes=0-0,2-3",
        "items=0-1",
        "bytes=-0",
        f"bytes={10**40}-",
        f"bytes={10**2000}-",
        "bytes=²-",
    ],
)
def test_odd_ranges_are_answered(hub, fields):
    assert hub.get("/owner/tiny/resolve/main/.gitattributes", Range=fields).status_code in (200, 206, 416)
