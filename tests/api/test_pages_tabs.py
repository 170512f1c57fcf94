"""Tabs, buttons and sections of a repository's pages come from the apps that declare them."""

import re

import pytest

from tests.makers import a_repo

TAB = re.compile(r'<a\s+href="/(?:[a-z]+s/)?owner/tiny([^"]*)"')
OF_ALL, OF_JOBS = ["", "/tree/main"], ["/evaluations", "/lineage", "/community", "/jobs"]
MAIN_JOB = {"model": "fine-tune", "dataset": "prepare"}
TABS = {
    "model": [*OF_ALL, *OF_JOBS],
    "dataset": ["", "/viewer", "/tree/main", "/evaluations", "/leaderboard", *OF_JOBS[1:]],
    "space": [*OF_ALL, "/community"],
    "kernel": [*OF_ALL, "/community"],
}


def tabs_of(answer) -> list[str]:
    text = answer.content.decode()
    return TAB.findall(text[text.index('<div class="page-tabs">') :].partition("</nav>")[0])


@pytest.mark.parametrize("kind", TABS)
def test_each_kind_has_its_tabs_and_admins_the_settings(client, cast, kind):
    repo = a_repo(cast.owner, "tiny", kind=kind)
    address = repo.get_absolute_url()

    assert tabs_of(client.get(address)) == TABS[kind]
    client.force_login(cast.owner.user)
    assert tabs_of(client.get(address)) == [*TABS[kind], "/settings"]


def test_one_tab_is_current_and_files_lead_to_the_default_branch(client, cast):
    address = a_repo(cast.owner, "tiny").get_absolute_url()

    found = client.get(f"{address}/commits/main").context["tabs"]

    assert [tab["href"] for tab in found if tab["is_current"]] == [f"{address}/tree/main"]
    assert [tab["count"] for tab in found] == [None, 1, None, None, None, None]


@pytest.mark.parametrize("kind", ["model", "dataset"])
def test_each_kind_offers_its_jobs_and_models_show_scores(client, cast, kind):
    address = a_repo(cast.owner, "tiny", kind=kind).get_absolute_url()

    page = client.get(address)

    assert f'href="{address}/{MAIN_JOB[kind]}"' in page.content.decode()
    scores = [one["facts"] for one in page.context["card_sections"]]
    assert scores == ([{"receipts": [], "more_receipts": False}] if kind == "model" else [{}])


def test_the_settings_lead_to_the_storage(client, cast):
    address = a_repo(cast.owner, "tiny").get_absolute_url()
    client.force_login(cast.owner.user)

    assert f'href="{address}/settings/storage"' in client.get(f"{address}/settings").content.decode()
