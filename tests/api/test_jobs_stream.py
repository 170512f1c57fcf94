"""A job's event stream: stored events, live events and resuming."""

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

import pytest
import redis
from django.conf import settings as live_settings

from apps.core.web import event_stream
from apps.toolchain.contracts import EventKind
from apps.toolchain.jobs.live import forget, stream_key
from apps.toolchain.jobs.models import JobEvent
from apps.toolchain.jobs.services import forget_streams
from tests.job_makers import a_job, a_running_job, an_event, report

LOG, STATE = EventKind.LOG, EventKind.STATE


class Viewer:
    """Reads a stream in a thread, as a browser would; events are as the list shows them."""

    def __init__(
        self, site, job, *, last_id: str | None = None, query: str = "", headers: dict | None = None
    ) -> None:
        sent = {**({"Last-Event-ID": last_id} if last_id is not None else {}), **(headers or {})}
        self.connection = request(site, job, query=query, headers=sent)
        self.response = self.connection.getresponse()
        self.events: list[dict] = []
        self.is_over = False
        if self.response.status == 200:
            self.thread = threading.Thread(target=self._read, daemon=True)
            self.thread.start()

    def _read(self) -> None:
        with contextlib.suppress(
            AttributeError, ValueError, OSError
        ):  # The test closed the connection meanwhile.
            for block in blocks_of(self.response):
                self._take(block)

    def _take(self, block: dict[str, str]) -> None:
        if block["event"] == "end":
            self.is_over = True
            return
        event = json.loads(block["data"])
        assert (event["id"], event["kind"]) == (block["id"], block["event"])
        self.events.append(event)

    def leave(self) -> None:
        """Close the connection at once, without waiting for the next line."""
        if self.connection.sock:
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.connection.close()

    def wait_for(self, count: int, seconds: float = 10) -> list[dict]:
        end = time.monotonic() + seconds
        while len(self.events) < count and time.monotonic() < end:
            time.sleep(0.02)
        return self.events

    def lines(self) -> list[str]:
        return [event["data"]["line"] for event in self.events if event["kind"] == "log"]

    def states(self) -> list[str]:
        return [event["data"]["state"] for event in self.events if event["kind"] == "state"]

    def ids(self) -> list[int]:
        return [int(event["id"]) for event in self.events]


def request(site, job, *, method="GET", query="", headers=None) -> http.client.HTTPConnection:
    """Send a request for a job's stream."""
    where = urlsplit(site.url)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=30)
    connection.request(method, f"/api/v1/jobs/{job.id}/stream{query}", headers=headers or {})
    return connection


def blocks_of(lines: Iterable[bytes]) -> Iterator[dict[str, str]]:
    """Yield the fields of each block, as strict as a client may be: none is without an event and data."""
    fields: dict[str, str] = {}
    for raw in lines:
        line = raw.decode().removesuffix("\n")
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            assert name in ("id", "event", "data", "retry")
            fields[name] = value
            continue
        assert {"event", "data"} <= set(fields), fields
        yield fields
        fields = {}


def test_a_viewer_sees_what_was_and_what_comes_in_order_and_the_end(site, live_cast):
    job, claim = a_running_job(live_cast.owner, live_cast.staff)
    report(claim, an_event(2, LOG, line="before"))

    viewer = Viewer(site, job)
    viewer.wait_for(4)
    for number in range(3, 8):
        report(claim, an_event(number, LOG, line=f"live {number}"))
    report(claim, an_event(8, STATE, state="succeeded"))
    viewer.thread.join(10)

    assert viewer.lines() == ["before", *[f"live {number}" for number in range(3, 8)]]
    assert viewer.states() == ["queued", "claimed", "running", "succeeded"]
    assert viewer.ids() == list(range(1, 11))
    assert viewer.is_over


def test_the_stream_sends_the_events_of_the_list(site, live_cast, client):
    job, claim = a_running_job(live_cast.owner, live_cast.staff)
    report(
        claim,
        an_event(2, EventKind.LOG, line="one"),
        an_event(3, EventKind.METRIC, step=1, values={"loss": 0.5}),
        an_event(4, EventKind.CHECKPOINT, step=1),
        an_event(5, EventKind.OUTPUT, kind="model", address="owner/tuned", commit="d" * 40),
        an_event(6, STATE, state="failed", fault="yours", code="rows_empty", message="Row 3 is empty."),
    )

    viewer = Viewer(site, job)
    viewer.thread.join(10)

    assert viewer.events == client.get(f"/api/v1/jobs/{job.id}/events").json()["items"]
    assert viewer.events[-2]["data"] == {
        "kind": "model",
        "full_name": "owner/tuned",
        "commit_sha": "d" * 40,
    }
    assert viewer.events[-1]["data"]["error"] == {
        "cause": "user",
        "code": "rows_empty",
        "message": "Row 3 is empty.",
    }


def test_the_first_event_says_when_to_reconnect_and_no_block_is_empty(site, live_cast):
    job, claim = a_running_job(live_cast.owner, live_cast.staff)
    report(claim, an_event(2, STATE, state="succeeded"))

    blocks = list(blocks_of(request(site, job).getresponse()))

    assert [block.get("retry") for block in blocks] == ["1000", None, None, None, None]
    assert blocks[-1] == {"event": "end", "data": "{}"}


def test_a_client_that_has_everything_is_told_not_to_reconnect(site, live_cast):
    job, claim = a_running_job(live_cast.owner, live_cast.staff)
    report(claim, an_event(2, STATE, state="succeeded"))

    late = request(site, job, headers={"Last-Event-ID": "4"}).getresponse()
    early = request(site, job, headers={"Last-Event-ID": "3"}).getresponse()

    assert (late.status, late.read()) == (204, b"")
    assert (early.status, len(list(blocks_of(early)))) == (200, 2)


def test_head_takes_no_stream(site, live_cast):
    job = a_job(live_cast.owner)

    response = request(site, job, method="HEAD").getresponse()

    assert response.status == 200
    assert response.getheader("Content-Type") == "text/event-stream; charset=utf-8"
    assert response.read() == b""


def test_without_a_free_place_the_client_hears_when_to_try_again(client, live_cast, monkeypatch):
    job = a_job(live_cast.owner)
    monkeypatch.setattr(event_stream, "_slots", threading.BoundedSemaphore(1))
    first = client.get(f"/api/v1/jobs/{job.id}/stream")

    refused = client.get(f"/api/v1/jobs/{job.id}/stream")
    first.close()
    again = client.get(f"/api/v1/jobs/{job.id}/stream")
    again.close()

    assert (first.status_code, refused.status_code, again.status_code) == (200, 503, 200)
    assert (refused.json()["code"], refused["Retry-After"]) == ("TooManyStreams", "5")


def test_a_viewer_resumes_after_the_last_event_and_misses_and_doubles_nothing(site, live_cast):
    job, claim = a_running_job(live_cast.owner, live_cast.staff)
    report(claim, *[an_event(number, LOG, line=f"line {number}") for number in range(2, 6)])
    first = Viewer(site, job)
    seen = first.wait_for(7)[:5]
    first.leave()
    report(claim, an_event(6, LOG, line="line 6"), an_event(7, STATE, state="succeeded"))

    second = Viewer(site, job, last_id=seen[-1]["id"])
    second.thread.join(10)

    numbers = list(JobEvent.objects.filter(job=job).order_by("number").values_list("number", flat=True))
    assert [int(event["id"]) for event in seen] + second.ids() == numbers == list(range(1, 10))
    assert second.is_over


def test_a_page_follows_from_the_event_that_it_shows_last(site, live_cast):
    job, claim = a_running_job(live_cast.owner, live_cast.staff)
    last = JobEvent.objects.filter(job=job).latest("number").number
    report(claim, an_event(2, LOG, line="new"), an_event(3, STATE, state="succeeded"))

    viewer = Viewer(site, job, query=f"?after={last}")
    viewer.thread.join(10)

    assert [event["kind"] for event in viewer.events] == ["log", "state"]


def test_a_stream_that_was_dropped_loses_nothing(site, live_cast):
    job, claim = a_running_job(live_cast.owner, live_cast.staff)
    report(claim, an_event(2, LOG, line="stored"), an_event(3, STATE, state="succeeded"))
    forget(job.pk)

    viewer = Viewer(site, job)
    viewer.thread.join(10)

    assert viewer.lines() == ["stored"]
    assert viewer.is_over


def test_a_failure_on_our_side_that_is_tried_again_does_not_end_the_stream(site, live_cast):
    job, claim = a_running_job(live_cast.owner, live_cast.staff)
    viewer = Viewer(site, job)
    viewer.wait_for(3)

    report(claim, an_event(2, STATE, state="failed", fault="ours", code="worker_error", message="Broken."))
    viewer.wait_for(6)

    assert viewer.states() == ["queued", "claimed", "running", "failed", "queued"]
    assert not viewer.is_over


def test_many_viewers_wait_without_holding_database_connections(site, live_cast):
    job, claim = a_running_job(live_cast.owner, live_cast.staff)
    viewers = [Viewer(site, job) for _ in range(30)]
    for viewer in viewers:
        viewer.wait_for(3)

    answer = Viewer(site, job, query="?after=0")
    report(claim, an_event(2, STATE, state="succeeded"))
    for viewer in [*viewers, answer]:
        viewer.thread.join(15)

    assert all(viewer.is_over for viewer in viewers)


@pytest.mark.parametrize("last", ["x", "-1", "1" * 40, "١"])
def test_a_bad_last_event_is_refused(client, cast, last):
    job = a_job(cast.owner)

    assert client.get(f"/api/v1/jobs/{job.id}/stream", {"after": last}).status_code == 400


def test_a_stranger_cannot_follow_a_hidden_job(site, live_cast):
    job = a_job(live_cast.owner, is_public=False)

    viewer = Viewer(site, job, headers={"Authorization": f"Bearer {live_cast.stranger.token}"})

    assert viewer.response.status == 404


def test_the_order_reaches_the_real_queue_only_after_its_transaction(site, live_cast):
    broker = redis.Redis.from_url(live_settings.QUEUE_URL.replace("redis+socket", "unix").split("?")[0])
    broker.delete("cpu")

    job = a_job(live_cast.owner)

    messages = [json.loads(raw) for raw in broker.lrange("cpu", 0, -1)]
    assert [message["headers"]["task"] for message in messages] == ["ml.run_job"]
    assert str(job.id) in messages[0]["headers"]["argsrepr"]


def test_streams_of_jobs_that_are_over_or_gone_are_dropped(transactional_db):
    from tests.makers import the_cast

    cast = the_cast()
    over, claim = a_running_job(cast.owner, cast.staff)
    report(claim, an_event(2, STATE, state="succeeded"))
    type(over).objects.filter(pk=over.pk).update(finished_at="2026-01-01T00:00:00Z")
    running, _ = a_running_job(cast.owner, cast.staff)
    streams = redis.Redis.from_url(live_settings.EVENTS_URL)
    streams.xadd(stream_key("00000000-0000-0000-0000-000000000000"), {"kind": "log"})

    assert forget_streams() >= 2

    assert not streams.exists(stream_key(over.pk))
    assert streams.exists(stream_key(running.pk))
