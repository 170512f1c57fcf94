"""The header, menus, palette and settings show the links that apps declare."""

import re

import pytest
from django.template import Context, Template

from apps.core.actor import ANONYMOUS

pytestmark = pytest.mark.django_db


def links_at(place: str, actor=ANONYMOUS) -> list[tuple[str, bool]]:
    """Return the path of each link, and whether a line precedes it."""
    page = Template(
        "{% navigation place as links %}"
        "{% for link in links %}{{ link.path }} {{ link.starts_group }}\n{% endfor %}"
    ).render(Context({"place": place, "actor": actor}))
    return [(path, line == "True") for path, line in (row.split() for row in page.splitlines())]


def paths_at(place: str, actor=ANONYMOUS) -> list[str]:
    return [path for path, _line in links_at(place, actor)]


def test_the_header_leads_to_the_main_lists():
    assert paths_at("header")[:4] == ["/models", "/datasets", "/apps", "/jobs"]


def test_the_account_menu_is_ordered_in_groups(cast):
    assert links_at("account", cast.owner.actor) == [
        ("/owner", False),
        ("/notifications", False),
        ("/jobs", False),
        ("/forum/bookmarks", False),
        ("/new", True),
        ("/new-dataset", False),
        ("/organizations/new", False),
        ("/settings", True),
        ("/settings/tokens", False),
    ]


def test_the_palette_depends_on_who_looks(cast):
    assert paths_at("palette")[-1] == "/login"
    assert "/owner" in paths_at("palette", cast.owner.actor)
    assert "/login" not in paths_at("palette", cast.owner.actor)


@pytest.mark.parametrize("is_open", [True, False])
def test_signing_up_is_offered_where_it_is_possible(settings, is_open):
    settings.SIGN_UP = is_open

    assert ("/signup" in paths_at("menu")) == is_open


def test_settings_of_two_apps_stand_in_one_list(cast):
    assert paths_at("settings", cast.owner.actor)[2:] == [
        "/settings/notifications",
        "/settings/organizations",
        "/settings/storage",
        "/settings/packages",
        "/settings/tokens",
        "/settings/workers",
        "/settings/standing",
    ]


def test_a_page_shows_them_in_the_readers_language(client):
    page = client.get("/search", headers={"accept-language": "zh-CN"}).content.decode()

    assert re.search(r'<a[^>]*href="/models"[^>]*data-key="g m"[^>]*>模型</a>', page)
