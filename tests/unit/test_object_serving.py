"""Answering a request with an object: ranges, conditions, types, and who sends the bytes."""

from __future__ import annotations

import hashlib
import random

import pytest
from django.test import RequestFactory

from apps.core.errors import OutOfRange
from apps.core.objects.serving import InMemory, content_type_of, disposition, serve_object
from apps.users.accounts.folders import AVATARS
from tests.api.buckets import Bucket, bucket_server, fetch_url

DATA = random.Random(7).randbytes(2_000_000)
ETAG = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(params=["stored", "in memory"])
def source(request, own_store):
    return (
        AVATARS.open(AVATARS.put_bytes(DATA))
        if request.param == "stored"
        else InMemory(len(DATA), lambda: DATA)
    )


def answer(source, method: str = "GET", headers: dict | None = None, *, added: dict | None = None, **options):
    request = RequestFactory().generic(method, "/", headers=headers)
    return serve_object(request, source, filename="weights.bin", etag=ETAG, headers=added, **options)


def body_of(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.parametrize(
    ("headers", "status", "expected"),
    [
        ({}, 200, DATA),
        ({"Range": "bytes=100-199"}, 206, DATA[100:200]),
        ({"Range": "bytes=-7"}, 206, DATA[-7:]),
        ({"Range": "bytes=0-1,5-6"}, 200, DATA),
        ({"Range": "lines=1-2"}, 200, DATA),
        ({"Range": "bytes=0-9", "If-Range": f'"{ETAG}"'}, 206, DATA[:10]),
        ({"Range": "bytes=0-9", "If-Range": '"another"'}, 200, DATA),
        ({"If-None-Match": f'"{ETAG}"'}, 304, b""),
        ({"If-None-Match": f'"other", W/"{ETAG}"'}, 304, b""),
        ({"If-None-Match": "*"}, 304, b""),
        ({"If-None-Match": '"other"'}, 200, DATA),
        # a precondition comes before a range, even one that cannot be satisfied
        ({"If-None-Match": f'"{ETAG}"', "Range": f"bytes={len(DATA)}-"}, 304, b""),
        ({"If-Match": '"other"'}, 412, b""),
        ({"If-Match": f'"{ETAG}"'}, 200, DATA),
        # an object has no date
        ({"If-Unmodified-Since": "Thu, 01 Jan 2015 00:00:00 GMT"}, 200, DATA),
        ({"If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"}, 200, DATA),
    ],
)
def test_conditions_and_ranges_are_respected(source, headers, status, expected):
    response = answer(source, headers=headers)

    assert (response.status_code, body_of(response)) == (status, expected)
    assert response["ETag"] == f'"{ETAG}"'
    if status in (200, 206):
        assert response["Content-Length"] == str(len(expected))
        assert response["Accept-Ranges"] == "bytes"
    assert response.has_header("Content-Range") == (status == 206)


@pytest.mark.parametrize("headers", [{"Range": "bytes=0-0"}, {"Range": "bytes=0-"}, {"Range": "bytes=-1"}])
def test_a_range_of_an_empty_object_is_ignored_and_its_size_told(own_store, headers):
    for empty in (AVATARS.open(AVATARS.put_bytes(b"")), InMemory(0, lambda: b"")):
        response = answer(empty, headers=headers)
        plain, head = answer(empty), answer(empty, "HEAD")
        unchanged = answer(empty, headers={**headers, "If-None-Match": f'"{ETAG}"'})

        assert (response.status_code, body_of(response)) == (200, b"")
        assert (response["Content-Range"], response["Content-Length"]) == ("bytes */0", "0")
        assert (plain.status_code, plain["Content-Length"], plain.has_header("Content-Range")) == (
            200,
            "0",
            False,
        )
        assert (head["Content-Length"], head["ETag"]) == ("0", f'"{ETAG}"')
        assert (unchanged.status_code, unchanged.has_header("Content-Range")) == (304, False)


def test_a_range_beyond_the_end_is_refused_with_the_size(source):
    with pytest.raises(OutOfRange) as refused:
        answer(source, headers={"Range": f"bytes={len(DATA)}-"})

    assert refused.value.headers == {"Content-Range": f"bytes */{len(DATA)}"}


def test_a_head_request_gets_the_headers_of_the_whole(source):
    response = answer(source, "HEAD", {"Range": "bytes=0-1"})

    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Length"] == str(len(DATA))


@pytest.mark.parametrize(("method", "headers"), [("HEAD", {}), ("GET", {"If-None-Match": f'"{ETAG}"'})])
def test_content_that_is_not_sent_is_not_read(method, headers):
    unread = InMemory(5, lambda: pytest.fail("read"))

    assert answer(unread, method, headers).content == b""


def test_an_empty_object_is_served(own_store):
    response = answer(AVATARS.open(AVATARS.put_bytes(b"")))

    assert (response.status_code, body_of(response), response["Content-Length"]) == (200, b"", "0")


@pytest.mark.parametrize(
    "name", ["page.html", "image.svg", "page.HTM", "run.js", "feed.xml", "page.xhtml", "x"]
)
def test_a_browser_never_runs_a_file(own_store, name):
    response = answer(InMemory(8, lambda: b"<script>"), content_type=content_type_of(name))

    assert response["Content-Type"] in ("text/plain; charset=utf-8", "application/octet-stream")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["X-Content-Type-Options"] == "nosniff"


def test_an_app_may_name_more_extensions_of_text_files():
    assert content_type_of("a.tpl") == "application/octet-stream"
    assert content_type_of("a.tpl", also_text=frozenset({"tpl"})) == "text/plain; charset=utf-8"
    assert content_type_of("a.PNG") == "image/png"


def test_a_name_cannot_leave_its_header():
    named = disposition('a"\r\nSet-Cookie: x=1; \\é.txt', attachment=True)

    assert "\r" not in named
    assert "\n" not in named
    assert named.startswith("attachment; filename*=UTF-8''a%22%0D%0ASet-Cookie")


def test_the_server_in_front_sends_a_stored_file(own_store, settings):
    settings.X_ACCEL_ROOT = settings.OBJECT_STORE["root"]
    stored = AVATARS.put_bytes(DATA)

    response = answer(AVATARS.open(stored), headers={"Range": "bytes=5-9"})

    assert response["X-Accel-Redirect"] == f"/.objects/{AVATARS.key(stored.sha256)}"
    assert (response["X-Accel-Range"], body_of(response)) == ("bytes=5-9", b"")


def test_a_bucket_serves_an_object_where_the_app_allows_it(own_store, settings):
    with bucket_server() as url:
        settings.OBJECT_STORE = Bucket(url).options
        source = AVATARS.open(AVATARS.put_bytes(DATA))

        cached = {"Cache-Control": "public, immutable"}
        elsewhere, here = answer(source, added=cached), answer(source, is_redirected=False)

        assert elsewhere.status_code == 302
        assert fetch_url(elsewhere["Location"]) == DATA
        assert fetch_url(elsewhere["Location"], Range="bytes=3-5") == DATA[3:6]
        assert elsewhere["Cache-Control"] == "private, no-store"
        assert (here.status_code, body_of(here)) == (200, DATA)
        assert answer(source, "HEAD").status_code == 200
        assert answer(source, headers={"If-None-Match": f'"{ETAG}"'}).status_code == 304
