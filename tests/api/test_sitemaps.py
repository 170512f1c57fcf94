"""Sitemaps name public pages only, in pages; robots.txt leads to them."""

import re

import pytest

from apps.core.web import sitemaps
from tests.api.matrix import session_of
from tests.makers import a_repo

pytestmark = pytest.mark.django_db


def locations(response) -> list[str]:
    return re.findall(r"<loc>(.*?)</loc>", response.content.decode())


def test_the_index_leads_to_the_sitemaps_that_apps_declare(client, cast):
    robots = client.get("/robots.txt").content.decode()
    named = locations(client.get("/sitemap.xml"))

    assert "Sitemap: http://testserver/sitemap.xml" in robots
    assert {f"http://testserver/sitemaps/{key}.xml" for key in ("profiles", "repositories")} <= set(named)


def test_a_sitemap_names_what_anonymous_users_see(cast):
    owner = session_of(cast.owner)
    a_repo(cast.owner, "open", kind="dataset")
    a_repo(cast.owner, "hidden", is_private=True)

    assert locations(owner.get("/sitemaps/repositories.xml")) == ["http://testserver/datasets/owner/open"]
    assert "http://testserver/owner" in locations(owner.get("/sitemaps/profiles.xml"))


def test_a_long_sitemap_has_pages(client, cast, monkeypatch):
    monkeypatch.setattr(sitemaps.PublicPages, "limit", 2)
    for number in range(3):
        a_repo(cast.owner, f"repo-{number}")

    index = [page for page in locations(client.get("/sitemap.xml")) if "repositories" in page]
    pages = [locations(client.get(page.removeprefix("http://testserver"))) for page in index]

    assert [len(page) for page in pages] == [2, 1]


def test_an_unknown_sitemap_is_not_found(client):
    assert client.get("/sitemaps/secrets.xml").status_code == 404
