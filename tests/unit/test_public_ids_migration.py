"""Tokens, invitations and organizations of an older version get what the REST API shows of them."""

from __future__ import annotations

import importlib

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from apps.users.accounts.models import AccessToken, Invitation, Namespace, Role, token_hash
from tests.makers import the_cast

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE, ADDED, AFTER = "0006_drop_avatar_images", "0007_public_ids", "0009_unique_public_ids"
TOKENS = 5


def migrate(name: str):
    executor = MigrationExecutor(connection)
    executor.migrate([("accounts", name)])
    return MigrationExecutor(connection).loader.project_state([("accounts", name)]).apps


@pytest.fixture
def before():
    """The version before, with an organization, an invitation to it and tokens."""
    cast = the_cast()
    old = migrate(BEFORE)
    old.get_model("accounts", "Invitation").objects.create(
        namespace_id=cast.organization.pk, user_id=cast.stranger.user.pk, role=Role.READ
    )
    for number in range(TOKENS):
        old.get_model("accounts", "AccessToken").objects.create(
            user_id=cast.owner.user.pk, name=f"t{number}", hash=token_hash(str(number)), hint="hf_…0000"
        )
    yield old
    # those of other apps too, which need the present one of this app
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def kinds(state) -> dict[str, str]:
    rows = state.get_model("accounts", "Namespace").objects
    return dict(rows.filter(key__in=("owner", "grove")).values_list("key", "kind"))


def test_rows_get_an_id_each_and_organizations_their_new_kind(before, monkeypatch):
    step = importlib.import_module("apps.users.accounts.migrations.0008_fill_public_ids")
    monkeypatch.setattr(step, "BATCH", 2)
    hashes = set(before.get_model("accounts", "AccessToken").objects.values_list("hash", flat=True))
    assert kinds(before) == {"owner": "person", "grove": "organisation"}

    migrate(AFTER)

    assert len(set(AccessToken.objects.values_list("public_id", flat=True))) == TOKENS
    assert set(AccessToken.objects.values_list("hash", flat=True)) == hashes
    assert Invitation.objects.get().public_id
    assert Namespace.objects.get(key="grove").is_organization


def test_the_way_back_restores_the_kind(before):
    migrate(AFTER)

    assert kinds(migrate(BEFORE)) == {"owner": "person", "grove": "organisation"}


def test_a_run_that_was_interrupted_continues(before):
    state = migrate(ADDED)
    token = state.get_model("accounts", "AccessToken").objects.get(name="t0")
    token.public_id = chosen = "0f6c1a52-6f5e-4a43-9a4f-6c6b0a7a2f10"
    token.save()

    migrate(AFTER)

    assert str(AccessToken.objects.get(name="t0").public_id) == chosen
    assert AccessToken.objects.filter(public_id=None).count() == 0
