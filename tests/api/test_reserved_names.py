"""Names that belong to paths of the site: nobody takes them, and profiles in the way of one are named."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import modify_settings

from apps.core.declaration import declared
from apps.core.web.routes import segments_after_name
from apps.registry.repos.addresses import PREFIXES
from apps.registry.repos.names import BadName, check_repo_name
from apps.users.accounts.checks import check_reserved_names
from apps.users.accounts.errors import NameNotAllowed
from apps.users.accounts.models import Namespace, NamespaceKind
from apps.users.accounts.reserved import is_reserved
from apps.users.accounts.services import check_name, create_namespace
from tests.makers import a_repo

pytestmark = pytest.mark.django_db


def clashes() -> list[str]:
    return [message.msg for message in check_reserved_names(None, databases=["default"])]


@pytest.mark.parametrize("name", ["styleguide", "Api", "favicon.ico", "collections", "forum", "organization"])
def test_nobody_takes_a_name_that_the_site_uses(name):
    with pytest.raises(NameNotAllowed):
        check_name(name)


def test_what_an_app_declares_is_reserved_while_it_is_installed():
    with modify_settings(INSTALLED_APPS={"remove": "ecosystem"}):
        assert not is_reserved("courses")

    assert is_reserved("courses")
    assert "courses" in declared().reserved_words


@pytest.mark.parametrize(
    "name", ["jobs", "settings", "members", "tree", "models", "api", "followers", "blob"]
)
def test_a_repository_takes_any_name_that_no_route_stands_at(cast, client, name):
    a_repo(cast.owner, name)

    assert client.get(f"/owner/{name}").status_code == 200
    assert client.get(f"/owner/{name}/tree/main").status_code == 200
    assert client.get(f"/api/models/owner/{name}").json()["id"] == f"owner/{name}"


@pytest.mark.parametrize("name", ["resolve", "Raw"])
def test_a_repository_cannot_stand_at_a_route(name):
    with pytest.raises(BadName):
        check_repo_name(name)


def test_every_kind_of_repository_has_the_same_routes():
    assert {segments_after_name(prefix) for prefix in PREFIXES.values()} == {segments_after_name()}


def test_a_profile_in_the_way_of_a_path_is_named(cast):
    assert clashes() == []

    create_namespace("StyleGuide", kind=NamespaceKind.ORGANIZATION, is_checked=False)
    create_namespace("admin", kind=NamespaceKind.PERSON, is_checked=False)

    (message,) = clashes()
    assert "StyleGuide" in message
    assert "admin" not in message


def test_the_operator_renames_a_profile_that_is_in_the_way(cast, client):
    repo = a_repo(cast.owner, "tiny")
    Namespace.objects.filter(name="owner").update(name="jobs", key="jobs")
    assert "jobs" in clashes()[0]

    call_command("rename_namespace", "jobs", "worker-bees", stdout=StringIO())

    repo.refresh_from_db()
    assert clashes() == []
    assert repo.address_key == "worker-bees/tiny"
    assert client.get("/worker-bees").status_code == 200


def test_the_check_needs_a_database():
    assert check_reserved_names(None) == []


def test_an_empty_database_can_be_checked_before_it_is_migrated(db, monkeypatch):
    monkeypatch.setattr(connection.introspection, "table_names", lambda *arguments, **options: [])

    assert check_reserved_names(None, databases=["default"]) == []
