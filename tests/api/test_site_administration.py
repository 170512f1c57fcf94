"""The index of site administration lists the pages that apps declare, for the staff alone."""

import pytest

from apps.core.declaration import declared
from tests.api.matrix import session_of

pytestmark = pytest.mark.django_db


def test_the_staff_sees_the_pages_that_apps_declare(cast):
    page = session_of(cast.staff).get("/site").content.decode()

    assert {"/metrics", "/readyz", "/styleguide", "/jobs"} <= {page.path for page in declared().site_pages}
    assert all(f'href="{listed.path}"' in page for listed in declared().site_pages)


def test_others_find_nothing_there(cast, client):
    assert session_of(cast.owner).get("/site").status_code == 404
    assert client.get("/site").status_code == 302


def test_the_account_menu_leads_staff_there(cast):
    assert 'href="/site"' in session_of(cast.staff).get("/search").content.decode()
    assert 'href="/site"' not in session_of(cast.owner).get("/search").content.decode()
