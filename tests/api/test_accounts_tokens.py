"""Access tokens: creation, hashing, scopes, expiry, revocation."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.actor import Need
from apps.core.audit.models import AuditEntry
from apps.core.errors import BadToken, Forbidden, Unauthenticated
from apps.registry.repos.access import namespace_for, repo_for, visible_to
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.errors import RepoNotFound
from apps.users.accounts.actors import actor_for_token
from apps.users.accounts.errors import PeopleOnly
from apps.users.accounts.models import AccessToken, TokenRole, token_hash
from apps.users.accounts.services import create_access_token, issue_token
from tests.api.hub import BAD_TOKEN_SENTENCE
from tests.makers import a_repo, a_token

pytestmark = pytest.mark.django_db
MODEL, DATASET = RepoKind.MODEL, RepoKind.DATASET


@pytest.fixture
def owner(client, cast):
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def make(client, **facts) -> str:
    """Create a token on the page and return the secret that it shows."""
    page = client.post(
        "/settings/tokens/new", {"name": "laptop", "role": "write", "expires_in_days": "30", **facts}
    )
    assert page.status_code == 200, page.content
    assert "no-store" in page["Cache-Control"]
    return re.search(r'<div class="secret">\s*<code[^>]*>([^<]+)</code>', page.content.decode())[1]


def test_a_token_is_shown_once_and_kept_as_a_hash(owner):
    raw = make(owner)

    token = AccessToken.objects.get()
    assert raw.startswith("hf_")
    assert token.hash == token_hash(raw)
    assert raw not in str(AccessToken.objects.values())
    listed = owner.get("/settings/tokens").content.decode()
    assert token.hint in listed
    assert raw not in listed
    assert AuditEntry.objects.filter(action="token.created", actor_name="owner").count() == 1


def test_a_token_acts_for_its_person_and_notes_when(owner, cast):
    raw = make(owner)

    actor = actor_for_token(raw)

    assert (actor.name, actor.kind) == ("owner", "token")
    assert AccessToken.objects.get().last_used_at is not None
    assert AccessToken.objects.get().expires_at > timezone.now() + timedelta(days=29)


def test_a_revoked_an_expired_and_an_unknown_token_are_refused_alike(owner, client, cast):
    raw = make(owner)
    owner.post(f"/settings/tokens/{AccessToken.objects.get().public_id}/revoke")
    expired = a_token(cast.owner.user, expires_at=timezone.now() - timedelta(seconds=1))

    for wrong in (raw, expired, "hf_unknown", "", "nonsense \u4f60".encode().decode("latin-1")):
        response = client.get("/api/models", headers={"authorization": f"Bearer {wrong}"})
        assert response.status_code == 401, wrong
        assert response["X-Error-Message"] == BAD_TOKEN_SENTENCE


def test_the_token_of_an_inactive_account_is_refused(cast):
    raw = a_token(cast.owner.user)
    cast.owner.user.is_active = False
    cast.owner.user.save()

    with pytest.raises(BadToken):
        actor_for_token(raw)


def test_a_person_cannot_revoke_the_token_of_another(owner, cast):
    token, raw = issue_token(cast.stranger.user, name="theirs")

    assert owner.post(f"/settings/tokens/{token.public_id}/revoke").status_code == 404
    assert actor_for_token(raw).name == "stranger"


def test_a_token_cannot_make_tokens_or_open_settings(client, cast):
    headers = {"authorization": f"Bearer {a_token(cast.owner.user)}"}

    made = client.post("/settings/tokens/new", {"name": "x", "role": "write"}, headers=headers)
    renamed = client.post("/settings/account/rename", {"name": "other"}, headers=headers)

    assert (made.status_code, renamed.status_code) == (403, 403)
    assert AccessToken.objects.count() == 1
    with pytest.raises(PeopleOnly):
        create_access_token(
            actor=actor_for_token(headers["authorization"][7:]), name="x", role=TokenRole.WRITE
        )


@pytest.mark.parametrize(
    "facts",
    [{"name": ""}, {"role": "admin"}, {"role": "worker"}, {"expires_in_days": "-1"}, {"name": "x" * 101}],
)
def test_an_invalid_token_form_creates_no_token(owner, facts):
    page = owner.post(
        "/settings/tokens/new", {"name": "laptop", "role": "write", "expires_in_days": "30", **facts}
    )

    assert page.status_code == 422
    assert not AccessToken.objects.exists()


def test_a_fine_grained_token_needs_a_line_that_can_be_read(owner):
    without = owner.post("/settings/tokens/new", {"name": "laptop", "role": "fineGrained"})
    broken = owner.post(
        "/settings/tokens/new",
        {"name": "l", "role": "fineGrained", "repository-0-repository": "../etc", "repository-0-need": "1"},
    )

    assert (without.status_code, broken.status_code) == (422, 422)
    assert not AccessToken.objects.exists()


def test_lines_of_a_fine_grained_token_come_from_the_form(owner):
    facts = {
        "namespace-1-need": "1",
        "repository-0-kind": "dataset",
        "repository-0-repository": "Owner/Reviews",
        "repository-0-need": "3",
    }

    make(owner, role="fineGrained", **facts)

    grants = AccessToken.objects.get().grants
    assert grants == [
        {"target": "namespace:grove", "need": 1},
        {"target": "dataset:owner/reviews", "need": 3},
    ]


def actor_with(cast, *grants):
    lines = [{"target": target, "need": int(need)} for target, need in grants]
    return actor_for_token(a_token(cast.owner.user, role=TokenRole.FINE_GRAINED, grants=lines))


def test_a_read_token_reads_what_is_private_and_changes_nothing(cast):
    address = a_repo(cast.owner, is_private=True).address
    actor = actor_for_token(a_token(cast.owner.user, role=TokenRole.READ))

    assert repo_for(actor, address).name == "tiny"
    with pytest.raises(Forbidden):
        repo_for(actor, address, Need.WRITE)
    with pytest.raises(Forbidden):
        namespace_for(actor, "owner", Need.CONTRIBUTE)


def test_a_grant_for_one_repository_opens_that_one_only(cast):
    mine, other = a_repo(cast.owner, "mine", is_private=True), a_repo(cast.owner, "other", is_private=True)
    twin = a_repo(cast.owner, "mine", kind="dataset", is_private=True)
    actor = actor_with(cast, ("model:owner/mine", Need.WRITE))

    assert repo_for(actor, mine.address, Need.WRITE) == mine
    for hidden in (other.address, twin.address):
        with pytest.raises(RepoNotFound):
            repo_for(actor, hidden)
    with pytest.raises(Forbidden):
        repo_for(actor, mine.address, Need.ADMIN)
    assert list(visible_to(actor)) == [mine]


def test_a_grant_for_a_namespace_covers_all_of_it_and_nothing_else(cast):
    inside = a_repo(cast.owner, "shared", namespace="grove", is_private=True)
    outside = a_repo(cast.owner, "own", is_private=True)
    actor = actor_with(cast, ("namespace:grove", Need.WRITE))

    assert repo_for(actor, inside.address, Need.WRITE) == inside
    assert namespace_for(actor, "grove", Need.CONTRIBUTE).name == "grove"
    with pytest.raises(RepoNotFound):
        repo_for(actor, outside.address)
    with pytest.raises(Forbidden):
        namespace_for(actor, "owner", Need.CONTRIBUTE)
    assert list(visible_to(actor)) == [inside]


def test_a_grant_never_gives_more_than_the_person_has(cast):
    theirs = a_repo(cast.stranger, "secret", is_private=True)
    actor = actor_with(cast, ("model:stranger/secret", Need.ADMIN), ("namespace:stranger", Need.ADMIN))

    with pytest.raises(RepoNotFound):
        repo_for(actor, theirs.address)
    assert theirs not in visible_to(actor)


def test_a_fine_grained_token_still_reads_what_is_public(cast):
    public = a_repo(cast.stranger, "open")
    actor = actor_with(cast, ("model:owner/mine", Need.READ))

    assert repo_for(actor, public.address) == public
    with pytest.raises(Forbidden):
        repo_for(actor, public.address, Need.WRITE)


def test_a_repository_that_is_not_there_yet_can_be_granted(cast):
    actor = actor_with(cast, ("model:owner/new", Need.WRITE))

    assert namespace_for(actor, "owner", Need.CONTRIBUTE, Address(MODEL, "owner", "new")).name == "owner"
    with pytest.raises(Forbidden):
        namespace_for(actor, "owner", Need.CONTRIBUTE, Address(DATASET, "owner", "new"))


def test_anonymous_is_redirected_to_sign_in(client, cast):
    assert client.get("/settings/tokens")["Location"].startswith("/login")
    with pytest.raises(Unauthenticated):
        create_access_token(actor=cast.anonymous.actor, name="x", role=TokenRole.READ)


def test_a_persons_many_tokens_are_paged(owner, cast):
    for number in range(52):
        issue_token(cast.owner.user, name=f"token {number}")

    first = owner.get("/settings/tokens").content.decode()

    assert first.count("/revoke") == 50
    cursor = first.split("?cursor=")[1].split('"')[0]
    assert owner.get(f"/settings/tokens?cursor={cursor}").content.decode().count("/revoke") == 2
    assert owner.get("/settings/tokens?cursor=nonsense").status_code == 400
