"""Accounts for the test suite of the hub client."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.users.accounts.actors import actor_for_token
from apps.users.accounts.models import Membership, Namespace, Role, User

pytestmark = pytest.mark.django_db
ACCOUNTS = {
    "users": [
        {
            "name": "__odd_name__",
            "fullname": "Odd",
            "token": "hf_known-to-everybody",
            "orgs": {"grove": "write"},
        }
    ],
    "orgs": [{"name": "grove", "fullname": "The Grove", "private_by_default": True}],
}


@pytest.fixture
def accounts(tmp_path, monkeypatch):
    file = tmp_path / "accounts.json"
    file.write_text(json.dumps(ACCOUNTS))
    monkeypatch.setenv("HFHUB_ACCOUNTS", str(file))
    return file


def seed(*words: str) -> str:
    out = StringIO()
    call_command("seed_conformance", *words, stdout=out)
    return out.getvalue()


def test_people_organizations_and_tokens_of_the_file_are_made_once(accounts):
    first, second = seed(), seed()

    grove = Namespace.objects.get(key="grove")
    assert (grove.title, grove.is_private_by_default) == ("The Grove", True)
    assert actor_for_token("hf_known-to-everybody").name == "__odd_name__"
    assert Membership.objects.get().role == Role.WRITE
    assert "__odd_name__" in first
    assert second == ""


def test_a_site_with_accounts_is_left_alone_without_confirmation(accounts, settings):
    settings.TESTING = settings.DEBUG = False

    with pytest.raises(CommandError):
        seed()
    assert not User.objects.exists()
    seed("--yes")
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"users": [{"name": "one"}], "orgs": []}', '{"users": [], "orgs": [{}]}']
)
def test_an_incomplete_file_creates_no_accounts(accounts, text):
    accounts.write_text(text)

    with pytest.raises(CommandError):
        seed()
    assert not User.objects.exists()
