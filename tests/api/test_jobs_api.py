"""The REST API of jobs: reading, reporting by workers, and bad requests."""

import json
from uuid import uuid4

import pytest

from apps.toolchain.contracts import EventKind
from apps.toolchain.jobs.models import Job, JobEvent
from apps.toolchain.jobs.services import set_repo_visibility
from tests.job_makers import DATASET, MODEL, a_job, a_running_job, a_worker, an_event, report


def post(client, path, body, token=None, **options):
    headers = {"authorization": f"Bearer {token}"} if token else {}
    data = body if isinstance(body, bytes | str) else json.dumps(body)
    return client.post(path, data, content_type="application/json", headers=headers, **options)


def claim_body(**facts) -> dict:
    hardware = {"device": "cpu", "name": "Example", "cores": 2, "memory_bytes": 1 << 33}
    return {"worker": "w", "hardware": hardware, "versions": {}, "takes_untrusted": True} | facts


def test_a_worker_claims_reports_and_ends_a_job_over_http(cast, client):
    job = a_job(cast.owner)

    claim = post(client, f"/api/v1/jobs/{job.id}/claim", claim_body(), a_worker(cast.staff)).json()
    key, events = claim["key"], f"/api/v1/jobs/{job.id}/events"
    running = {"seq": 1, "kind": "state", "at": "2026-11-24T10:00:00Z", "data": {"state": "running"}}
    done = {"seq": 2, "kind": "state", "at": "2026-11-24T10:01:00Z", "data": {"state": "succeeded"}}
    first = post(client, events, {"attempt": 1, "events": [running]}, key)
    last = post(client, events, {"attempt": 1, "events": [done]}, key)
    after = post(client, events, {"attempt": 1, "events": []}, key)

    assert claim["spec"]["inputs"]["model"]["address"] == "owner/base"
    assert claim["heartbeat_seconds"] < claim["lease_seconds"]
    assert (first.json(), last.json()) == ({"accepted": 1, "cancel": False}, {"accepted": 2, "cancel": False})
    assert after.status_code == 401
    assert client.get(f"/api/v1/jobs/{job.id}").json()["state"] == "succeeded"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[" * 100_000, 400),
        (b'{"attempt": NaN}', 400),
        (b"\xff\xfe", 400),
        ([], 422),
        ({"attempt": "1"}, 422),
        ({"attempt": 1, "events": [{}]}, 422),
        ({"attempt": 1, "events": [{"seq": 0, "kind": "log", "at": "x", "data": {"line": "x"}}]}, 422),
        ({"attempt": 1, "events": [{"seq": 2, "kind": "surprise", "at": "x", "data": {}}]}, 422),
        (
            {
                "attempt": 1,
                "events": [
                    {"seq": 2, "kind": "metric", "at": "x", "data": {"step": 1, "values": {"loss": "low"}}}
                ],
            },
            422,
        ),
        (
            {"attempt": 1, "events": [{"seq": 2, "kind": "state", "at": "x", "data": {"state": "failed"}}]},
            422,
        ),
        (
            {
                "attempt": 1,
                "events": [
                    {"seq": n, "kind": "log", "at": "x", "data": {"line": "x"}} for n in range(2, 600)
                ],
            },
            422,
        ),
        ({"attempt": 10**30, "events": []}, 409),
        ({"attempt": 2, "events": []}, 409),
        ({"attempt": 1, "events": [{"seq": 10**30, "kind": "log", "at": "x", "data": {"line": "x"}}]}, 200),
        (b'{"attempt": 1, "padding": "' + b"x" * 2_000_000 + b'"}', 413),
    ],
)
def test_bad_reports_get_a_clear_answer_and_store_nothing(cast, client, body, status):
    job, claim = a_running_job(cast.owner, cast.staff)
    before = JobEvent.objects.count()

    answer = post(client, f"/api/v1/jobs/{job.id}/events", body, claim.key)

    assert answer.status_code == status
    assert JobEvent.objects.count() == before
    assert Job.objects.get().state == "running"
    if status >= 400:
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["detail"]


def test_characters_that_cannot_be_stored_are_replaced(cast, client):
    job, claim = a_running_job(cast.owner, cast.staff)
    line = {"seq": 2, "kind": "log", "at": "2026-11-24T10:00:00Z", "data": {"line": "a\u0000b"}}
    body = json.dumps({"attempt": 1, "events": [line]}).replace('b"', 'b\\ud800"')

    answer = post(client, f"/api/v1/jobs/{job.id}/events", body, claim.key)

    assert answer.json()["accepted"] == 2
    assert job.events.get(kind="log").data["line"] == "a\ufffdb\ufffd"


def test_a_job_key_is_valid_for_its_own_job_only(cast, client):
    _, claim = a_running_job(cast.owner, cast.staff)
    other, _ = a_running_job(cast.owner, cast.staff)

    answer = post(client, f"/api/v1/jobs/{other.id}/events", {"attempt": 1, "events": []}, claim.key)

    assert answer.status_code == 403


@pytest.mark.parametrize("who", ["owner", "staff"])
def test_events_are_for_the_jobs_own_key(cast, client, who):
    job, _ = a_running_job(cast.owner, cast.staff)

    answer = post(client, f"/api/v1/jobs/{job.id}/events", {"attempt": 1}, getattr(cast, who).token)

    assert answer.status_code == 403


def test_an_absent_job_answers_like_a_hidden_one(cast, client):
    hidden = a_job(cast.owner, is_public=False)

    for who, status in ((cast.stranger, 404), (cast.anonymous, 401)):
        absent = client.get(f"/api/v1/jobs/{uuid4()}", headers=who.headers)
        secret = client.get(f"/api/v1/jobs/{hidden.id}", headers=who.headers)
        assert (absent.status_code, secret.status_code) == (status, status)
        assert absent.json()["detail"] == secret.json()["detail"]


@pytest.mark.parametrize("part", ["", "/events", "/metrics", "/stream"])
def test_a_hidden_job_is_hidden_in_all_its_parts(cast, client, part):
    hidden = a_job(cast.owner, is_public=False)

    assert client.get(f"/api/v1/jobs/{hidden.id}{part}", headers=cast.stranger.headers).status_code == 404


def test_members_of_the_namespace_see_its_jobs(cast, client):
    from apps.toolchain.contracts import OutputRepo

    job = a_job(cast.owner, output=OutputRepo("model", "grove/tuned"), is_public=False)

    assert client.get(f"/api/v1/jobs/{job.id}", headers=cast.member.headers).status_code == 200
    assert client.get(f"/api/v1/jobs/{job.id}", headers=cast.stranger.headers).status_code == 404
    assert [row["id"] for row in client.get("/api/v1/jobs", headers=cast.member.headers).json()["items"]] == [
        str(job.id)
    ]
    assert client.get("/api/v1/jobs", headers=cast.stranger.headers).json()["items"] == []


def test_a_job_hides_while_a_repository_of_it_is_private_and_shows_again(cast, client):
    job = a_job(cast.owner)
    key = json.loads(json.dumps(DATASET.key))
    assert client.get(f"/api/v1/jobs/{job.id}").status_code == 200

    set_repo_visibility(key, False)
    hidden = client.get(f"/api/v1/jobs/{job.id}").status_code
    set_repo_visibility(key, True)

    assert hidden == 401
    assert client.get(f"/api/v1/jobs/{job.id}").status_code == 200


def test_a_job_that_its_person_keeps_private_stays_so(cast, client):
    job = a_job(cast.owner, is_public=False)

    set_repo_visibility(DATASET.key, False)
    set_repo_visibility(DATASET.key, True)

    assert client.get(f"/api/v1/jobs/{job.id}").status_code == 401


def test_events_are_read_in_pages(cast, client):
    job, claim = a_running_job(cast.owner, cast.staff)
    report(claim, *[an_event(number, EventKind.LOG, line=f"line {number}") for number in range(2, 12)])

    first = client.get(f"/api/v1/jobs/{job.id}/events?kind=log&limit=6").json()
    second = client.get(f"/api/v1/jobs/{job.id}/events?kind=log&limit=6&cursor={first['next_cursor']}").json()

    lines = [event["data"]["line"] for event in first["items"] + second["items"]]
    assert lines == [f"line {number}" for number in range(2, 12)]
    assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=201", "limit=many", "cursor=nonsense", "limit=-1", "limit=9999999999999999999"],
)
def test_bad_pages_are_refused(cast, client, query):
    job = a_job(cast.owner)

    assert client.get(f"/api/v1/jobs/{job.id}/events?{query}").status_code == 400


def test_metrics_by_step_take_the_newest_value(cast, client):
    job, claim = a_running_job(cast.owner, cast.staff)
    report(
        claim,
        an_event(2, EventKind.METRIC, step=10, values={"loss": 0.9}),
        an_event(3, EventKind.METRIC, step=10, values={"validation_loss": 0.8}),
        an_event(4, EventKind.METRIC, step=20, values={"loss": 0.5}),
        an_event(5, EventKind.METRIC, step=10, values={"loss": 0.7}),
    )

    found = client.get(f"/api/v1/jobs/{job.id}/metrics").json()

    assert found == {"steps": [10, 20], "series": {"loss": [0.7, 0.5], "validation_loss": [0.8, None]}}


def test_a_job_without_metrics_has_empty_curves(cast, client):
    job = a_job(cast.owner)

    assert client.get(f"/api/v1/jobs/{job.id}/metrics").json() == {"steps": [], "series": {}}


def test_long_curves_are_thinned_and_keep_their_ends(cast):
    from apps.toolchain.jobs.selectors import curves_of

    job, claim = a_running_job(cast.owner, cast.staff)
    report(
        claim,
        *[
            an_event(number, EventKind.METRIC, step=number, values={"loss": 1 / number})
            for number in range(2, 402)
        ],
    )

    curves = curves_of(job, points=100)

    assert len(curves.rows) == 100
    assert (curves.rows[0][0], curves.rows[-1][0]) == (2, 401)


def test_recipes_list_their_parameters(client, db):
    recipes = client.get("/api/v1/recipes").json()["items"]

    fine_tune = next(recipe for recipe in recipes if recipe["kind"] == "fine_tune")
    assert [(one["name"], one["kind"], one["is_optional"]) for one in fine_tune["inputs"]] == [
        ("model", "model", False),
        ("dataset", "dataset", False),
    ]
    assert {"method", "epochs", "learning_rate"} <= {param["name"] for param in fine_tune["params"]}


def test_a_cookie_alone_cannot_cancel_without_the_forms_token(cast):
    from django.test import Client

    job = a_job(cast.owner)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")

    assert browser.post(f"/api/v1/jobs/{job.id}/cancel").status_code == 403
    assert browser.post(f"/jobs/{job.id}/cancel").status_code == 403
    assert Job.objects.get().state == "queued"


def test_workers_have_a_document_with_the_calls_that_only_they_make(client, db):
    schema = client.get("/api/v1/openapi-workers.json").json()

    assert "/api/v1/jobs/{job_id}/claim" in schema["paths"]
    assert "post" in schema["paths"]["/api/v1/jobs/{job_id}/events"]
    assert "get" not in schema["paths"]["/api/v1/jobs/{job_id}/events"]


def test_the_stored_order_keeps_its_pins(cast):
    job = a_job(cast.owner)

    assert job.pins == {"model": MODEL, "dataset": DATASET}
