"""Names that belong to paths of the site: nobody takes them, and profiles in the way of one are named."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.test import modify_settings

from apps.core.declaration import declared
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
        assert not is_reserved("forum")

    assert is_reserved("forum")
    assert "forum" in declared().reserved_words


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
