"""Management commands for accounts and tokens."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.core.errors import BadToken
from apps.users.accounts.actors import actor_for_token
from apps.users.accounts.models import AccessToken, Membership, Role, User
from tests.makers import a_token

pytestmark = pytest.mark.django_db


def run(*words: str) -> list[str]:
    out = StringIO()
    call_command(*words, stdout=out)
    return out.getvalue().splitlines()


def test_a_person_is_made_with_a_one_time_password_printed_last():
    password = run("create_user", "newcomer", "--email", "newcomer@example.com")[-1]

    user = User.objects.get()
    assert user.check_password(password)
    assert user.must_change_password
    assert not user.is_staff


def test_a_password_that_is_given_is_kept_and_staff_are_staff():
    lines = run("create_user", "boss", "--password", "a-long-test-passphrase", "--staff")

    user = User.objects.get()
    assert user.check_password("a-long-test-passphrase")
    assert (user.must_change_password, user.is_staff) == (False, True)
    assert "passphrase" not in " ".join(lines)


@pytest.mark.parametrize(
    "words",
    [
        ("owner",),
        ("OWNER",),
        ("models",),
        ("x y",),
        ("new", "--email", "nonsense"),
        ("new", "--password", "short"),
        ("new", "--email", "owner@example.com"),
    ],
)
def test_an_invalid_person_is_an_error_and_nothing_is_stored(cast, words):
    count = User.objects.count()

    with pytest.raises(CommandError):
        run("create_user", *words)

    assert User.objects.count() == count


def test_an_existing_person_is_accepted_with_a_flag(cast):
    before = User.objects.get(username="owner").password

    run("create_user", "owner", "--exist-ok")

    assert User.objects.get(username="owner").password == before


def test_a_token_is_printed_last_and_works(cast):
    raw = run("create_token", "owner", "--role", "write", "--expires-days", "7")[-1]

    assert actor_for_token(raw).name == "owner"
    token = AccessToken.objects.get()
    assert (token.expires_at - token.created_at).days in (6, 7)


def test_a_worker_token_is_for_workers(cast):
    assert actor_for_token(run("create_token", "warden", "--role", "worker")[-1]).kind == "worker"


@pytest.mark.parametrize(
    "words",
    [
        ("unheard-of",),
        ("owner", "--role", "admin"),
        ("owner", "--expires-days", "-1"),
        ("owner", "--expires-days", "many"),
    ],
)
def test_an_invalid_token_request_is_an_error(cast, words):
    with pytest.raises((CommandError, SystemExit)):
        run("create_token", *words)

    assert not AccessToken.objects.exists()


def test_all_tokens_of_a_person_end_at_once(cast):
    raw, other = a_token(cast.owner.user), a_token(cast.stranger.user)

    run("revoke_tokens", "Owner")

    with pytest.raises(BadToken):
        actor_for_token(raw)
    assert actor_for_token(other).name == "stranger"


def test_a_password_is_replaced_and_sessions_end(client, cast):
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")
    password = run("reset_password", "owner")[-1]

    assert client.get("/settings/profile").status_code == 302
    client.post("/login", {"login": "owner", "password": password})
    assert client.get("/settings/profile")["Location"] == "/settings/password"


def test_an_organization_is_made_with_its_admin(cast):
    run("create_organization", "orchard", "--admin", "stranger")
    run("create_organization", "orchard", "--admin", "stranger", "--exist-ok")

    assert Membership.objects.get(namespace__key="orchard").role == Role.ADMIN
    with pytest.raises(CommandError):
        run("create_organization", "grove", "--admin", "stranger")


def test_people_are_listed_with_their_flags(cast):
    lines = run("list_users")

    assert [line.split("\t")[0] for line in lines] == ["member", "owner", "stranger", "warden"]
    assert lines[-1].endswith("staff")


def test_staff_are_promoted_and_demoted_but_the_last_stays(cast):
    with pytest.raises(CommandError):
        run("set_staff", "warden", "--off")

    run("set_staff", "owner")
    run("set_staff", "warden", "--off")

    assert set(User.objects.filter(is_staff=True).values_list("username", flat=True)) == {"owner"}


def test_an_account_that_is_off_neither_signs_in_nor_uses_tokens(client, cast):
    raw = a_token(cast.owner.user)

    run("set_active", "owner", "--off")

    with pytest.raises(BadToken):
        actor_for_token(raw)
    client.post("/login", {"login": "owner", "password": "a-long-test-passphrase"})
    assert client.get("/settings/profile").status_code == 302
    run("set_active", "owner")
    assert actor_for_token(raw).name == "owner"


@pytest.mark.parametrize(
    "name",
    [
        "create_user",
        "create_organization",
        "create_token",
        "revoke_tokens",
        "reset_password",
        "list_users",
        "set_staff",
        "set_active",
    ],
)
def test_each_command_explains_itself(capsys, name):
    with pytest.raises(SystemExit) as end:
        call_command(name, "--help")

    assert end.value.code == 0
    assert len(capsys.readouterr().out) > 200
