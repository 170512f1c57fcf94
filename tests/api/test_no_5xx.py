"""No request causes a server error: every route with valid and malformed requests."""

from __future__ import annotations

import os
import re
from functools import cache
from io import BytesIO
from random import Random
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from apps.core.rest.components import operations_of
from apps.core.rest.generator import full_document
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Gating
from apps.registry.repos.services.access_requests import request_access, set_gating
from apps.users.accounts.models import Invitation, Role, TokenRole
from apps.users.accounts.services import issue_token
from tests.api import oddities
from tests.api.matrix import ELSEWHERE, METHODS, bearer, kinds_of, samples_of, session_of
from tests.api.oddities import OddRequest
from tests.architecture.addresses import fill_path, parameters, templates
from tests.architecture.urls import routes
from tests.job_makers import a_job, a_running_job, a_worker
from tests.makers import a_repo, a_token
from tests.seed import a_dataset, a_model

pytestmark = pytest.mark.slow

SEED, DRAWS = 20_250, int(os.environ.get("DRAWS", "3"))
ORDER = {
    "kind": "fine_tune",
    "recipe": "text-classification",
    "inputs": {
        "model": {"full_name": "owner/tiny-sentiment"},
        "dataset": {"kind": "dataset", "full_name": "owner/film-lines", "revision": "main"},
    },
    "output": {"full_name": "owner/made", "is_private": None},
    "params": {"text_column": "text", "label_column": "label", "lora": {"r": 8}},
    "seed": 1,
    "is_public": True,
    "device": "cpu",
}
HARDWARE = {"device": "cpu", "name": "x", "cores": 2, "memory_bytes": 1, "devices": 0}
EVENT = {
    "seq": 2,
    "kind": "metric",
    "at": "2026-01-01T00:00:00Z",
    "data": {"step": 1, "epoch": 0.5, "values": {"loss": 0.5}},
}
FILE = {"path": "a.txt", "size": 3, "sample": "QUFB"}
COMMIT = [
    {"key": "header", "value": {"summary": "s", "description": "", "parentCommit": ""}},
    {
        "key": "file",
        "value": {"path": "README.md", "content": "LS0tCmxpY2Vuc2U6IG1pdAotLS0K", "encoding": "base64"},
    },
    {"key": "lfsFile", "value": {"path": "b.bin", "algo": "sha256", "oid": "0" * 64, "size": 5}},
]
BATCH = {
    "operation": "upload",
    "transfers": ["basic", "multipart", "xet"],
    "hash_algo": "sha256",
    "objects": [{"oid": "1" * 64, "size": 9}],
}
V1_OPERATIONS = [
    {"operation": "put", "path": "a.txt", "content": "eA==", "encoding": "base64"},
    {"operation": "put_lfs", "path": "a.bin", "sha256": "1" * 64},
    {"operation": "copy", "path": "b", "from_path": "README.md", "from_revision": "main"},
    {"operation": "move", "path": "c", "from_path": "b"},
    {"operation": "delete", "path": "d"},
]
V1_GRANT = {"kind": "model", "target": "owner/tiny-sentiment", "permission": "write"}
EDIT = {"path": "notes.txt", "content": "x", "message": "m", "description": "", "parent": ""}
FORM = {
    "dataset": "owner/film-lines",
    "dataset_revision": "main",
    "owner": "owner",
    "name": "made",
    "param_text_column": "text",
}
# of pages and operations without a line in GOOD_BODIES; operations take the example of the API's document
LEAST = {"name": "x", "code": "x", "credential": "{}", "otp": "1"}
# valid bodies by pattern of the path
GOOD_BODIES = {
    r"^/api/repos/create$": {
        "name": "n",
        "organization": "",
        "type": "model",
        "private": False,
        "visibility": "public",
        "sdk": "static",
    },
    r"^/api/repos/delete$": {"name": "tiny-sentiment", "type": "model"},
    r"^/api/repos/move$": {"fromRepo": "owner/tiny-sentiment", "toRepo": "owner/other", "type": "model"},
    r"^/api/validate-yaml$": {"content": "---\nlicense: mit\ntags: [a]\n---\n", "repoType": "model"},
    r"/preupload/": {"files": [FILE], "gitAttributes": "*.bin filter=lfs\n", "gitIgnore": "*.tmp\n"},
    r"^/api/.*/commit/": COMMIT,
    r"/paths-info/": {"paths": ["README.md", "onnx"], "expand": True},
    r"/branch/": {"startingPoint": "main", "emptyBranch": False, "overwrite": True},
    r"/tag/": {"tag": "v1", "message": "m"},
    r"/super-squash/": {"message": "m"},
    r"^/api/[^v].*/settings$": {"visibility": "private", "private": True, "gated": "auto"},
    r"/user-access-request/": {
        "user": "stranger",
        "requestId": "1",
        "status": "accepted",
        "rejectionReason": "r",
    },
    r"^/api/v1/.*/access-requests$": {"reason": "r"},
    r"^/api/v1/.*/access-requests/": {"state": "rejected", "reply": "r"},
    r"/info/lfs/objects/batch$": BATCH,
    r"/info/lfs/verify$": {"oid": "1" * 64, "size": 9},
    r"/info/lfs/uploads/": {"oid": "1" * 64, "parts": [{"partNumber": 1, "etag": "x"}]},
    r"^/api/v1/jobs$": ORDER,
    r"^/api/v1/repos$": {
        "kind": "model",
        "namespace": "owner",
        "name": "n",
        "is_private": True,
        "license": "mit",
        "description": "d",
    },
    r"^/api/v1/.*/move$": {"namespace": "owner", "name": "other"},
    r"^/api/v1/.*/commits$": {
        "branch": "main",
        "message": "m",
        "parent_sha": None,
        "operations": V1_OPERATIONS,
    },
    r"^/api/v1/.*/(branches|tags)$": {"name": "side", "revision": "main", "is_empty": False},
    r"^/api/v1/.*/squash$": {"branch": "main", "message": "m"},
    r"^/api/v1/.*/protection$": {"patterns": ["main", "refs/tags/v*"]},
    r"^/api/v1/.*/purge$": {"sha256": ["1" * 64], "dry_run": False},
    r"^/api/v1/repos/": {"is_private": True, "gating": "manual", "default_branch": "main"},
    r"^/api/v1/me/tokens$": {"name": "t", "role": "fine_grained", "grants": [V1_GRANT], "expires_in_days": 3},
    r"^/api/v1/me$": {
        "display_name": "x",
        "description": "y",
        "website": "https://example.com",
        "language": "en",
        "time_zone": "UTC",
    },
    r"^/api/v1/.*/(members|invitations)": {"person": "stranger", "role": "read"},
    r"/claim$": {"worker": "w", "hardware": HARDWARE, "versions": {"torch": "2"}},
    r"/events$": {"attempt": 1, "events": [EVENT]},
    r"/(fine-tune|evaluate)$": FORM,
    r"^/new": {"owner": "owner", "name": "n", "description": "d", "license": "mit", "visibility": "public"},
    r"/(new|edit|delete|upload)/main": EDIT,
    r"/settings/visibility$": {"visibility": "private"},
    r"/settings/gating$": {"gating": "auto"},
    r"/settings/access/": {"name": "stranger", "state": "accepted", "reply": "r"},
    r"/ask-access$": {"reason": "r"},
    r"/settings/rename$": {"name": "other"},
    r"/settings/transfer$": {"owner": "grove", "confirm": "owner/tiny-sentiment"},
    r"/settings/delete$": {"confirm": "owner/tiny-sentiment"},
    r"^/settings/tokens/new$": {
        "name": "t",
        "role": "read",
        "expires_in_days": "30",
        "namespace-0-need": "1",
        "repository-0-repository": "a/b",
    },
    r"^/settings/profile$": {"full_name": "x", "about": "y", "website": "https://example.com"},
    r"^/settings/preferences$": {"language": "en", "time_zone": "Europe/Paris", "theme": "dark"},
    r"^/settings/account/re": {"name": "other", "confirm": "owner"},
    r"^/organizations/": {
        "name": "other",
        "full_name": "x",
        "person": "member",
        "role": "1",
        "confirm": "x",
        "about": "",
        "website": "",
    },
    r"^/(login|signup)$": {
        "login": "owner",
        "password": "x",
        "username": "new",
        "email": "a@example.com",
        "password1": "a-long-passphrase",
    },
    r"^/(password|settings/emails)": {"email": "a@example.com", "action_add": "1"},
    r"^/language$": {"language": "en", "next": "/models"},
    r"^/verify$": {"receipt": '{"body": {"a": 1}, "signature": "eA=="}', "key": ""},
    r"^/oauth/": {
        "client_id": "x",
        "grant_type": "refresh_token",
        "refresh_token": "x",
        "scope": "openid",
        "token": "x",
    },
    r"^/device$": {"code": "ABCD-EFGH", "client_id": "x", "action": "confirm"},
    r"^/(forum|feedback|posts|threads|site|report|notifications|settings/standing)": {
        "title": "Where to begin",
        "source": "Read *this*.",
        "category": "open",
        "kind": "question",
        "tags": "first, second",
        "options": "Yes\nNo",
        "option": "0",
        "posts": "1",
        "into": "1",
        "pinned_to": "category",
        "days": "3",
        "slow_mode_seconds": "60",
        "status": "planned",
        "stars": "4",
        "username": "stranger",
        "weight": "2",
        "add": "👍",
        "content": "post:1",
        "reason": "spam",
        "note": "Look at it.",
        "act": "decline",
        "statement": "It is an advertisement.",
        "mode": "staff",
        "hours": "2",
        "level": "watch",
        "target": "category:1",
        "ids": "1",
        "value": "example.com",
        "number": "1",
        "revision": "1",
        "next": "/forum",
    },
    r"": LEAST,
}
FORMS = re.compile(r"^/(?!api/|xet/)(?!.*/info/lfs/)")


@pytest.fixture
def world(cast):
    """One object of each kind owned by the owner, and the callers."""
    model, dataset = a_model(cast.owner), a_dataset(cast.owner)
    others = [a_repo(cast.owner, f"some-{kind}", kind=kind) for kind in (RepoKind.SPACE, RepoKind.KERNEL)]
    for repo in (model, dataset):
        set_gating(actor=cast.owner.actor, address=repo.address, gating=Gating.MANUAL)
        request_access(actor=cast.stranger.actor, address=repo.address)
    queued, (_running, claim) = a_job(cast.owner), a_running_job(cast.owner, cast.staff)
    token, _raw = issue_token(cast.owner.user, name="mine", role=TokenRole.READ)
    offer = Invitation.objects.create(namespace=cast.organization, user=cast.stranger.user, role=Role.READ)
    samples = {name: targets[0].values[name] for name, targets in samples_of(cast).items()}
    values = {
        **ELSEWHERE,
        "provider": "postmark",
        "token": "1:each:absent",
        "event": "inbound",
        "notification_id": str(uuid4()),
        "review_id": str(uuid4()),
        "report_id": str(uuid4()),
        "place": "reply:1",
        "other_id": str(uuid4()),
        "step": "5",
        "sha256": "0" * 64,
        "target": "namespace:1",
        "attachment_key": "absent",
        "filename": "curve.png",
        "emoji": "👍",
        "thread_id": "absent",
        **samples,
        "revision": "main",
        "path": "README.md",
        "branch": "side",
        "sha": "main",
        "tag": "v1",
        "rest": "x",
        "hash": "0" * 64,
        "digest": "0" * 32,
        "prefix": "default",
        "oid": "1" * 64,
        "upload_id": str(uuid4()),
        "number": "1",
        "uidb36": "1",
        "key": "x",
        "client_id": "x",
        "pk": "1",
        "member": "member",
        "person": "stranger",
        "section": "profiles",
        "label": "OW",
        "job_id": str(queued.pk),
        "receipt_id": str(uuid4()),
        "token_id": str(token.public_id),
        "invitation_id": str(offer.public_id),
    }
    repos = {RepoKind(repo.kind): repo for repo in (model, dataset, *others)}
    senders = [
        (session_of(cast.owner), {}),
        (Client(), bearer(a_token(cast.owner.user))),
        (session_of(cast.owner), {}),
        (Client(), {}),
        (Client(), bearer(a_worker(cast.staff))),
        (Client(), bearer(claim.key)),
    ]
    for client, _headers in senders:
        client.raise_request_exception = False
    return values, repos, senders, str(claim.spec.id)


def good_request(
    template: str, values: dict, repos: dict, running: str, methods: list[str], random: Random
) -> OddRequest:
    """Return a plausible request, mostly with a supported method."""
    repo = repos[kinds_of(template)[0]]
    named = {"namespace": "owner", "name": repo.name, "kind": repo.address.plural, "kind_word": repo.kind}
    if not {"namespace", "name"} <= parameters(template):
        named["name"] = "grove" if "organi" in template else "owner"
    if template.endswith(("/events", "/results")):
        named["job_id"] = running
    path = fill_path(template, {**values, **named})
    method = random.choice(
        methods if methods and random.random() < 0.95 else ["PATCH", "OPTIONS", "HEAD", "TRACE"]
    )
    found = OddRequest(method, path)
    if method not in ("GET", "HEAD"):
        example = good_body(template, method, path)
        found.kind = "application/x-www-form-urlencoded" if FORMS.match(path) else "application/json"
        found.kind = "application/x-ndjson" if example is COMMIT else found.kind
        odd = oddities.with_odd_part(example, random) if random.random() < 0.8 else example
        found.body = oddities.body_of(odd, found.kind, random)
    return found


@cache
def document_examples() -> dict[tuple[str, str], object]:
    """Return the examples of request bodies in the API's document, by path and method."""
    document, found = full_document(), {}
    for path, method, operation in operations_of(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        reference = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
        shape = document["components"]["schemas"].get(reference, {})
        if (example := content.get("example", (shape.get("examples") or [None])[0])) is not None:
            found[path, method.upper()] = example
    return found


def good_body(template: str, method: str, path: str) -> object:
    example = next(body for pattern, body in GOOD_BODIES.items() if re.search(pattern, path))
    if example is LEAST:
        return document_examples().get((template, method), example)
    return example


def spoil(fields: OddRequest, template: str, values: dict, random: Random) -> None:
    """Replace one or two parts of a request with odd values."""
    for _time in range(random.choice([0, 1, 1, 2])):
        place = random.choice(["path", "query", "query", "header", "body"])
        if place == "path" and (names := sorted(parameters(template))):
            spoiled = random.choice(names)
            odd = {name: values.get(name, "owner") for name in names} | {
                spoiled: random.choice(oddities.ODD_SEGMENTS)
            }
            fields.path = fill_path(template, odd)
        elif place == "query":
            names = random.sample(oddities.QUERY_NAMES, 3)
            fields.query = oddities.as_form({name: oddities.odd_text(random) for name in names}).decode()
        elif place == "header":
            name = random.choice(sorted(oddities.ODD_HEADERS))
            fields.headers[name] = random.choice(oddities.ODD_HEADERS[name])
        elif fields.body:
            fields.body, fields.kind = random.choice(oddities.ODD_BODIES), random.choice(oddities.BODY_KINDS)


def answer_to(fields: OddRequest, client: Client, headers: dict) -> tuple[int, object]:
    """Send a request as a server would, roll back, and return its status and exception."""
    environ = {
        f"HTTP_{name.upper().replace('-', '_')}": value
        for name, value in {**headers, **fields.headers}.items()
    }
    if "HTTP_CONTENT_LENGTH" in environ:
        environ["CONTENT_LENGTH"] = environ.pop("HTTP_CONTENT_LENGTH")
    # The client's own stream asserts that nobody reads past its end; a server's just ends.
    stream = {"wsgi.input": BytesIO(fields.body)}
    cookies = client.cookies.copy()
    with transaction.atomic():
        response = client.generic(
            fields.method,
            fields.path,
            fields.body,
            fields.kind,
            QUERY_STRING=fields.query,
            RAW_URI=fields.path,
            **environ,
            **stream,
        )
        transaction.set_rollback(True)
    client.cookies = cookies
    return response.status_code, getattr(response, "exc_info", None)


def test_no_request_is_answered_with_a_fault(world):
    values, repos, senders, running = world
    random, faults = Random(SEED), []

    for template in [template for route in routes() for template in templates(route)]:
        methods, sent = list(METHODS), 0
        while sent < DRAWS:
            found = good_request(template, values, repos, running, methods, random)
            spoil(
                found,
                template,
                {**values, "namespace": "owner", "kind": "models", "kind_word": "model"},
                random,
            )
            status, error = answer_to(found, *senders[sent % len(senders)])
            if status >= 500:
                faults.append(f"{status} {found} {error}")
            if status == 405 and found.method in methods:
                methods.remove(found.method)  # An unsupported method does not count as a draw.
            else:
                sent += 1

    assert not faults, "\n".join(faults)
