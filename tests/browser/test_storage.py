"""Permanent deletion of large files in a browser, with and without scripts."""

from __future__ import annotations

import pytest

from apps.registry.blobs.models import RepoObject
from tests.browser.looks import Look, context_for, overflow
from tests.browser.scene import session_of, versions
from tests.browser.test_pages import grave_faults

STORAGE = "/owner/tiny-checkpoints/settings/storage"


@pytest.mark.parametrize(
    ("look", "scripts"), [(Look(), True), (Look(width=390, scheme="dark", language="zh-hans"), False)]
)
def test_an_old_version_is_deleted_once_its_repositorys_name_is_typed(
    live_cast, site, browser, look, scripts
):
    versions(live_cast)

    with context_for(
        browser, site.url, look, session=session_of(live_cast.owner), scripts=scripts
    ) as context:
        page = context.new_page()
        page.goto(f"{STORAGE}?by=file")
        page.check('input[value="weights.bin"]')
        page.click("form .button.danger")
        page.wait_for_selector("#id_confirm")
        assert overflow(page) <= 0
        if scripts:
            assert grave_faults(page) == []
            assert page.is_disabled("button[data-armed]")
        page.fill("#id_confirm", "owner/tiny-checkpoints")
        page.click("button[data-armed]")
        page.wait_for_url(f"**{STORAGE}")

    assert sorted(RepoObject.objects.values_list("size", flat=True)) == [5 << 20, 6 << 20]
