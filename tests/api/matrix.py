"""The permission matrix: callers, objects and routes. The expected answers are in `expectations.py`.

A parameter that names an owned object gets its sample objects from an app: a function in `SAMPLES` or, for an
app of the tests, `matrix_samples(cast)` in its module of that name. It returns the objects by parameter.
Any other parameter gets its value in `ELSEWHERE`.
"""

from __future__ import annotations

import copy
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from importlib import import_module
from urllib.parse import quote
from uuid import uuid4
from zlib import crc32

from allauth.idp.oidc.adapter import get_adapter
from allauth.idp.oidc.models import Client, Token
from django.apps import apps
from django.db import transaction
from django.http import HttpResponseBase
from django.template import Origin
from django.template.loaders.base import Loader
from django.test import Client as Browser
from django.utils import timezone
from django.utils.module_loading import module_has_submodule

from apps.community.feedback.services.changelog import create_entry, publish_entry
from apps.core.actor import Need
from apps.core.errors import NotFound, Unauthenticated
from apps.core.web.policies import Policy, policy_of
from apps.registry.repos.addresses import PREFIXES, RepoKind
from apps.registry.repos.errors import RepoNotFound
from apps.registry.repos.models import Gating
from apps.registry.repos.services.access_requests import grant_access, set_gating
from apps.toolchain.artifacts.models import JobArtifact
from apps.toolchain.checkpoints.models import Checkpoint, CheckpointObject
from apps.toolchain.contracts import OutputRepo, PinnedRepo
from apps.toolchain.jobs.models import Job
from apps.toolchain.packages.services.maintainers import invite_maintainer
from apps.toolchain.packages.services.projects import create_project
from apps.toolchain.receipts.models import Receipt
from apps.toolchain.releases.services.assets import put_asset
from apps.toolchain.releases.services.releases import create_release, publish_release
from apps.users.accounts.models import Invitation, Membership, Role, TokenRole, User
from apps.users.accounts.services import issue_token
from tests.api.expectations import ABSENT, ALLOWED, FORBIDDEN, NOTHING, SIGN_IN
from tests.api.feedback_makers import a_board, a_review, an_idea
from tests.architecture.addresses import SINGULAR, fill_path, parameters, templates
from tests.architecture.urls import Route
from tests.evidence_makers import a_sample_log, an_evaluation
from tests.forum_makers import a_category, a_private_category, a_topic
from tests.job_makers import a_job, a_running_job, a_worker
from tests.makers import Cast, Person, a_person, a_repo, a_token
from tests.openai_makers import a_base, a_file, a_fine_tune, an_upload
from tests.package_makers import a_wheel, publish
from tests.worker_makers import an_own_worker

# Spaces and kernels share the views of models and datasets, so only a few callers try them.
ALL_KINDS = os.environ.get("KINDS") == "all"
SHARED_VIEWS, FEW = ("space", "kernel"), ("owner", "stranger", "anonymous")
ADMITTED = "admitted"
# the need that everyone is granted, by the state of the object
OPEN_TO_ALL = {"public": Need.READ, "gated": Need.SEE, "private": -1}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
OTHER_METHODS = ("GET", "POST")
GIT = "?service=git-upload-pack"
# what a request must say in its query before anything else of it counts
QUERIES = {("DELETE", "/api/v1/me"): "?confirm=owner"}


@dataclass
class Caller:
    """A caller and its credential.

    role       in the organization that owns all objects
    limit      the highest need that the credential allows; 0 if it is for other objects
    is_person  has a browser session
    is_over    the credential is expired or revoked
    scopes     of an OAuth application
    is_manager a token with a grant on the organization itself
    """

    name: str
    client: Browser = field(default_factory=Browser)
    headers: Mapping[str, str] = field(default_factory=dict)
    role: int = 0
    limit: int = Need.ADMIN
    is_person: bool = False
    is_over: bool = False
    is_worker: bool = False
    scopes: frozenset[str] | None = None
    is_staff: bool = False
    is_manager: bool = False

    @property
    def is_signed_in(self) -> bool:
        return self.name != "anonymous" and not self.is_over and not self.is_worker

    def may(self, need: int, target: Target) -> bool:
        is_admitted = self.name == ADMITTED and target.open_to_all == Need.SEE
        return need <= (Need.READ if is_admitted else target.open_to_all) or self.has_role(
            max(need, Need.READ)
        )

    def has_role(self, need: int) -> bool:
        return need <= min(self.role, self.limit)


@dataclass(frozen=True)
class Target:
    """An object with its route parameters, and the highest need that everyone is granted."""

    name: str
    values: Mapping[str, str]
    open_to_all: int


@dataclass
class Scene:
    """One organization with an object of each kind, public, gated and private, and all callers."""

    cast: Cast
    callers: list[Caller]
    repos: dict[RepoKind, list[Target]]
    samples: Mapping[str, list[Target]]
    own: Mapping[str, str]

    def callers_at(self, target: Target, template: str) -> list[Caller]:
        """Return the callers to try: all people, and two of the tokens by turns (with KINDS=all, all tokens).

        Granted access matters only for gated objects, so the admitted caller is tried only there.
        """
        if target.name.endswith(SHARED_VIEWS):
            return [one for one in self.callers if one.name in FEW]
        if not ALL_KINDS:
            if target.name.startswith("gated"):
                return [one for one in self.callers if one.name in (*FEW, "reader", ADMITTED)]
            return self._some(template)
        return self.callers

    def _some(self, template: str) -> list[Caller]:
        tokens = [one for one in self.callers if one.headers]
        first = crc32(template.encode()) % len(tokens)
        people = [one for one in self.callers if not one.headers and one.name != ADMITTED]
        chosen = {one.name: one for one in (tokens[first], tokens[first - 3])}
        chosen |= {one.name: one for one in tokens if one.is_manager and "/organizations/" in template}
        return [*people, *chosen.values()]

    def targets(self, route: Route, template: str) -> list[Target]:
        """Return the objects that a route names, or else the organization."""
        names = parameters(template)
        if found := names & set(self.samples):
            return self.samples[max(found, key=lambda one: len(names & self.samples[one][0].values.keys()))]
        if {"namespace", "name"} <= names:
            return [target for kind in kinds_to_try(template) for target in self.repos[kind]]
        return [Target("grove", {**ELSEWHERE, **self.own, "name": "grove"}, Need.READ)]


# values of parameters that do not name an owned object
ELSEWHERE = {
    "rest": "nothing-of-the-sort",
    "job_kind": "fine-tune",
    "hash": "0" * 64,
    "digest": "0" * 32,
    "prefix": "default",
    "oid": "1" * 64,
    "upload_id": str(uuid4()),
    "number": "1",
    "uidb36": "1",
    "key": "set-password",
    "client_id": "absent",
    "pk": "1",
    "kind": "models",
    "revision": "main",
    "path": ".gitattributes",
    "branch": "side",
    "sha": "main",
    "tag": "v1",
    "person": "member",
    "section": "profiles",
    "label": "OW",
    "sanction_id": str(uuid4()),
    "removal_id": str(uuid4()),
    "ban_id": str(uuid4()),
    "reply_id": str(uuid4()),
    "decision_id": str(uuid4()),
    "slug": "absent",
    "author": "member",
    "emoji": quote("👍"),
    "notification_id": str(uuid4()),
    "target": "person:member",
    "token": "absent",
    "provider": "absent",
    "event": "absent",
    "form": "atom",
    "project_invitation_id": str(uuid4()),
    "worker_token_id": str(uuid4()),
    "version": "1.0",
    "release_id": "1",
    "asset_id": "1",
    "publisher_id": str(uuid4()),
    "owner": "owner",
}


def kinds_to_try(template: str) -> list[RepoKind]:
    """Return the repository kinds to try: all with KINDS=all, else one of those that share a view."""
    kinds = kinds_of(template)
    if ALL_KINDS:
        return kinds
    kinds = [kind for kind in kinds if kind not in SHARED_VIEWS] or kinds
    return [kinds[crc32(template.encode()) % len(kinds)]]


def kinds_of(template: str) -> list[RepoKind]:
    """Return the kinds whose repositories an address can name."""
    if "{kind_word}" in template:
        return [RepoKind.MODEL]  # in the REST API the kind is a plain path segment
    if "{kind}" in template:
        return (
            [RepoKind.MODEL, RepoKind.DATASET]
            if template.startswith("/api/")
            else [RepoKind.DATASET, RepoKind.SPACE]
        )
    return [
        next(
            (kind for kind, prefix in PREFIXES.items() if prefix and template.startswith(f"/{prefix}")),
            RepoKind.MODEL,
        )
    ]


class EmptyTemplates(Loader):
    """Loads every template as empty: access is decided before rendering."""

    def get_template_sources(self, template_name: str) -> Iterator[Origin]:
        yield Origin(template_name, template_name, self)

    def get_contents(self, origin: Origin) -> str:
        return ""


def session_of(person: Person) -> Browser:
    client = Browser()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def _people(cast: Cast) -> list[Caller]:
    reader = a_person("reader")
    Membership.objects.create(namespace=cast.organization, user=reader.user, role=Role.READ)
    roles = {
        "owner": Need.ADMIN,
        "member": Need.WRITE,
        "reader": Need.READ,
        "stranger": 0,
        "staff": 0,
        ADMITTED: 0,
    }
    people = {
        "owner": cast.owner,
        "member": cast.member,
        "reader": reader,
        "stranger": cast.stranger,
        "staff": cast.staff,
    }
    people[ADMITTED] = a_person(ADMITTED)
    return [
        Caller(name, session_of(people[name]), role=role, is_person=True, is_staff=name == "staff")
        for name, role in roles.items()
    ]


def _tokens(cast: Cast) -> list[Caller]:
    elsewhere = [
        {"target": "model:grove/elsewhere", "need": int(Need.ADMIN)},
        {"target": "namespace:owner", "need": int(Need.ADMIN)},
    ]
    past = timezone.now() - timedelta(minutes=1)
    gone = a_person("gone")
    gone_token = a_token(gone.user)
    gone.user.is_active = False
    gone.user.save()
    _job, claim = a_running_job(cast.owner, cast.staff)
    tokens = {
        "read token": (a_token(cast.owner.user, TokenRole.READ), {"limit": Need.READ}),
        "write token": (a_token(cast.owner.user), {}),
        "token for something else": (
            a_token(cast.owner.user, TokenRole.FINE_GRAINED, grants=elsewhere),
            {"limit": 0},
        ),
        "token of the organization": (
            a_token(
                cast.owner.user,
                TokenRole.FINE_GRAINED,
                grants=[{"target": "organization:grove", "need": int(Need.ADMIN)}],
            ),
            {"limit": 0, "is_manager": True},
        ),
        "key of another job": (claim.key, {"limit": 0}),
        "expired token": (a_token(cast.owner.user, expires_at=past), {"is_over": True}),
        "token of an inactive person": (gone_token, {"is_over": True}),
        "token of staff": (a_token(cast.staff.user), {"role": 0, "is_staff": True}),
        "read token of staff": (
            a_token(cast.staff.user, TokenRole.READ),
            {"limit": Need.READ, "role": 0, "is_staff": True},
        ),
        "worker": (a_worker(cast.staff), {"limit": 0, "role": 0, "is_worker": True}),
    }
    return [
        Caller(name, headers=bearer(token), **{"role": Need.ADMIN, **facts})
        for name, (token, facts) in tokens.items()
    ]


def an_application_token(user: User, *scopes: str) -> str:
    """Grant scopes to an OAuth application and return its access token."""
    application = Client.objects.get_or_create(
        pk="an-app", defaults={"name": "An app", "type": Client.Type.PUBLIC}
    )[0]
    raw = secrets.token_urlsafe(32)
    until = timezone.now() + timedelta(hours=1)
    token = Token(
        user=user,
        client=application,
        type=Token.Type.ACCESS_TOKEN,
        hash=get_adapter().hash_token(raw),
        expires_at=until,
    )
    token.set_scopes(list(scopes))
    token.save()
    return raw


def _applications(cast: Cast) -> list[Caller]:
    scopes_by_name = {
        "application with openid": (0, ()),
        "application that reads": (Need.READ, ("profile", "read-repos")),
    }
    return [
        Caller(
            name,
            headers=bearer(an_application_token(cast.owner.user, "openid", *scopes)),
            role=Need.ADMIN,
            limit=limit,
            scopes=frozenset(("openid", *scopes)),
        )
        for name, (limit, scopes) in scopes_by_name.items()
    ]


def _repo_target(cast: Cast, kind: RepoKind, state: str) -> Target:
    repo = a_repo(cast.owner, f"{state}-{kind}", kind=kind, namespace="grove", is_private=state == "private")
    if state == "gated":
        set_gating(actor=cast.owner.actor, address=repo.address, gating=Gating.MANUAL)
        grant_access(actor=cast.owner.actor, address=repo.address, name=ADMITTED)
    address = repo.address
    words = {
        "namespace": address.namespace,
        "name": address.name,
        "kind": address.plural,
        SINGULAR: str(address.kind),
    }
    return Target(f"{state} {repo.kind}", {**ELSEWHERE, **words}, OPEN_TO_ALL[state])


def job_samples(cast: Cast) -> dict[str, list[Target]]:
    pins = {name: PinnedRepo(name, f"grove/{name}", "a" * 40) for name in ("model", "dataset")}
    jobs, receipts, artifacts = [], [], []
    for is_public in (True, False):
        state = "public" if is_public else "private"
        order = {"inputs": pins, "is_public": is_public}
        job: Job = a_job(cast.owner, output=OutputRepo("model", f"grove/tuned-{state}"), **order)
        Checkpoint.objects.create(job=job, attempt=1, step=5, files=[], size=0)
        CheckpointObject.objects.create(job=job, sha256="0" * 64, size=0)
        names = {"job_id": str(job.pk), "step": "5", "sha256": "0" * 64}
        jobs.append(Target(f"{state} job", names, OPEN_TO_ALL[state]))
        facts = {"sha256": "0" * 64, "size": 0, "media_type": "text/plain"}
        artifact = JobArtifact.objects.create(job=job, name="notes.txt", **facts)
        names = {"job_id": str(job.pk), "artifact": artifact.name}
        artifacts.append(Target(f"{state} artifact", names, OPEN_TO_ALL[state]))
        receipt_id = str(_receipt(cast, order).pk)
        pair = {"receipt_id": receipt_id, "other_id": receipt_id}
        receipts.append(Target(f"{state} receipt", pair, OPEN_TO_ALL[state]))
    return {"job_id": jobs, "receipt_id": receipts, "artifact": artifacts}


def _receipt(cast: Cast, order: dict) -> Receipt:
    log, pins = a_sample_log([0, 1], [0, 1]), order["inputs"]
    facts = {**pins, "is_public": order["is_public"], "log": log}
    return an_evaluation(cast.owner, cast.staff, **facts)


def fleet_samples(cast: Cast) -> dict[str, list[Target]]:
    """Return a worker of the organization."""
    worker = an_own_worker(cast.owner, "grove")
    return {
        "worker_id": [
            Target("worker of the organization", {"worker_id": str(worker.id)}, OPEN_TO_ALL["private"])
        ]
    }


def samples_of_test_apps(cast: Cast) -> dict[str, list[Target]]:
    """Return the sample objects of the apps of the tests by the parameter that names them."""
    found: dict[str, list[Target]] = {}
    for config in apps.get_app_configs():
        if module_has_submodule(config.module, "matrix_samples"):
            found |= import_module(f"{config.name}.matrix_samples").matrix_samples(cast)
    return found


def samples_of(cast: Cast) -> dict[str, list[Target]]:
    """Return the sample objects of all apps by the parameter that names them."""
    found = samples_of_test_apps(cast)
    for sample in SAMPLES:
        found |= sample(cast)
    return found


def forum_samples(cast: Cast) -> dict[str, list[Target]]:
    """Return a topic in a public category, and one in a category of the organization's members."""
    author = a_person("author")
    Membership.objects.create(namespace=cast.organization, user=author.user, role=Role.READ)
    topics, categories = [], []
    for state, category in (("public", a_category(cast, "Open")), ("private", a_private_category(cast))):
        topic = a_topic(author, category)
        values = {
            **ELSEWHERE,
            "topic_id": str(topic.public_id),
            "slug": topic.slug,
            "category": category.slug,
        }
        topics.append(Target(f"{state} topic", values, OPEN_TO_ALL[state]))
        categories.append(Target(f"{state} category", values, OPEN_TO_ALL[state]))
    return {"topic_id": topics, "category": categories}


def feedback_samples(cast: Cast) -> dict[str, list[Target]]:
    """Return a public and a private board of the organization, an idea and an entry on each, and a review."""
    boards, ideas, entries = [], [], []
    for state in ("public", "private"):
        board = a_board(cast.owner, state, namespace="grove", is_private=state == "private")
        idea = an_idea(cast.owner, board)
        entry = create_entry(actor=cast.owner.actor, board_slug=board.slug, title=state, source="New")
        publish_entry(actor=cast.owner.actor, key=entry.key)
        boards.append(Target(f"{state} board", {**ELSEWHERE, "board": board.slug}, OPEN_TO_ALL[state]))
        ideas.append(Target(f"{state} idea", {**ELSEWHERE, "idea_key": idea.key}, OPEN_TO_ALL[state]))
        entries.append(Target(f"{state} entry", {**ELSEWHERE, "entry_key": entry.key}, OPEN_TO_ALL[state]))
    review = a_review(a_person("reviewer"), a_repo(cast.owner, "reviewed", namespace="grove"))
    reviews = [Target("public review", {**ELSEWHERE, "review_key": review.key}, OPEN_TO_ALL["public"])]
    return {"board": boards, "idea_key": ideas, "entry_key": entries, "review_key": reviews}


def package_samples(cast: Cast) -> dict[str, list[Target]]:
    """Return a public and a private project of the organization, each with a file and an invitation."""
    found = []
    for state in ("public", "private"):
        name = f"{state}-tool"
        create_project(actor=cast.owner.actor, name=name, owner="grove", is_private=state == "private")
        file = publish(cast.owner.actor, a_wheel(name))
        invitation = invite_maintainer(actor=cast.owner.actor, name=name, person="stranger")
        for tag in ("v1.0", "draft"):
            create_release(actor=cast.owner.actor, name=name, tag=tag, notes="Notes")
        put_asset(actor=cast.owner.actor, name=name, tag="v1.0", filename=file.filename, blocks=[b"x"])
        release = publish_release(actor=cast.owner.actor, name=name, tag="v1.0")
        values = {
            **ELSEWHERE,
            "project": name,
            "owner": "grove",
            "tag": "v1.0",
            "release_id": str(release.pk),
            "asset_id": str(release.assets.get().pk),
            "version": "1.0",
            "filename": file.filename,
            "project_invitation_id": str(invitation.public_id),
            "publisher_id": str(uuid4()),
        }
        found.append(Target(f"{state} project", values, OPEN_TO_ALL[state]))
    return {"project": found}


def openai_samples(cast: Cast) -> dict[str, list[Target]]:
    """Return a file, an upload and a fine-tuned model of the organization, all of them private."""
    base = a_base(cast.owner, "weights", namespace="grove")
    file = a_file(cast.owner, namespace="grove")
    upload = an_upload(cast.owner, namespace="grove")
    tuned = a_fine_tune(cast.owner, file, base=base.address.id, namespace="grove")
    values = {
        "file_id": file.public_id,
        "file_upload_id": upload.public_id,
        "fine_tune_id": tuned.public_id,
        "model_name": str(tuned.name),
    }
    return {
        name: [Target(f"private {name}", {**ELSEWHERE, name: value}, OPEN_TO_ALL["private"])]
        for name, value in values.items()
    }


SAMPLES: list[Callable[[Cast], dict[str, list[Target]]]] = [
    job_samples,
    fleet_samples,
    forum_samples,
    feedback_samples,
    package_samples,
    openai_samples,
]


def a_scene(cast: Cast) -> Scene:
    callers = [*_people(cast), Caller("anonymous"), *_tokens(cast), *_applications(cast)]
    for caller in callers:
        # The first use of a session or token writes a row: do that once, here.
        caller.client.get("/healthz", headers=dict(caller.headers))
    repos = {kind: [_repo_target(cast, kind, state) for state in OPEN_TO_ALL] for kind in RepoKind}
    token, _raw = issue_token(cast.owner.user, name="mine", role=TokenRole.READ)
    offer = Invitation.objects.create(namespace=cast.organization, user=cast.stranger.user, role=Role.READ)
    own = {"token_id": str(token.public_id), "invitation_id": str(offer.public_id), "member": "member"}
    return Scene(cast, callers, repos, samples_of(cast), own)


def send(caller: Caller, method: str, path: str, body: bytes = b"{}"):
    """Send a request, then roll back its changes to the database and to the cookies."""
    kind = (
        "application/json"
        if path.startswith(("/api/", "/v1/", "/xet/")) or "/info/lfs/" in path
        else "application/x-www-form-urlencoded"
    )
    sent = body if kind == "application/json" else b""
    cookies = copy.deepcopy(caller.client.cookies)
    with transaction.atomic():
        address = path + QUERIES.get((method, path), "")
        response = caller.client.generic(
            method, address, sent, kind, headers=dict(caller.headers), RAW_URI=address
        )
        transaction.set_rollback(True)
    caller.client.cookies = cookies
    return response


def answer_and_effect(caller: Caller, path: str, is_untouched: Callable[[], bool]) -> tuple[int, bool]:
    """Post to a path, return the status and whether the data are unchanged, then roll back."""
    with transaction.atomic():
        response = caller.client.post(path, headers=dict(caller.headers))
        unchanged = is_untouched()
        transaction.set_rollback(True)
    return response.status_code, unchanged


def answer_of(response) -> str:
    """Classify a response by what it reveals about access."""
    status, code = response.status_code, code_of(response)
    if status >= 500:
        return f"fault {status}"
    if status == 401 or (status == 302 and response["Location"].startswith("/login?next=")):
        return SIGN_IN
    if status == 403:
        return FORBIDDEN
    if status == 404:
        return ABSENT if code in codes_of_hidden_objects() else NOTHING
    return ALLOWED


def subclasses(kind: type) -> Iterator[type]:
    for one in kind.__subclasses__():
        yield one
        yield from subclasses(one)


@cache
def codes_of_hidden_objects() -> frozenset[str]:
    """Return the codes that are a 404 to people and a 401 to anonymous users."""
    absent, anonymous = ({one.code for one in subclasses(kind)} for kind in (NotFound, Unauthenticated))
    return frozenset(absent & anonymous)


def code_of(response) -> str:
    """Return the code of a refusal of any protocol."""
    if response.get("X-Error-Code"):
        return str(response["X-Error-Code"])
    if response.streaming:
        return ""
    if "json" in response.get("Content-Type", ""):
        body = response.json()
        return str(body.get("code", "")) if isinstance(body, dict) else ""
    if response.context:
        return str(response.context.get("code", ""))
    # git gets plain text only
    return RepoNotFound.code if response.content == f"{RepoNotFound.default}\n".encode() else ""


def cells(scene: Scene, route: Route) -> Iterator[tuple[Target, str, str, str, HttpResponseBase]]:
    """Yield (object, method, path template, path, the owner's response) for every request of a route."""
    owner = scene.callers[0]
    for template in templates(route):
        refused: set[tuple[str, str]] = set()
        for target in scene.targets(route, template):
            path = fill_path(template, {**target.values})
            path = path + GIT if path.endswith("/info/refs") else path
            # The supported methods do not depend on the visibility of the object.
            what = target.name.rpartition(" ")[2]
            for method in (
                METHODS if path.startswith(("/api/", "/v1/")) or "/info/lfs/" in path else OTHER_METHODS
            ):
                if (what, method) in refused:
                    continue
                answer = send(owner, method, path)
                if answer.status_code == 405:
                    refused.add((what, method))
                else:
                    yield target, method, template, path, answer


def policy_of_route(route: Route, method: str | None = None) -> Policy:
    found = policy_of(route.view, method)
    assert found is not None
    return found
