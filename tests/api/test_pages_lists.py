"""Lists: facets, chips, search, sorting, pagination and visibility."""

import re
from html import unescape

import pytest

from tests.makers import a_repo
from tests.pages import is_empty
from tests.seed import commit_files


def a_card(person, name, **facts):
    lines = "\n".join(f"{key}: {value}" for key, value in facts.items())
    return commit_files(person, a_repo(person, name), {"README.md": f"---\n{lines}\n---\n\n# {name}\n"})


def names(response) -> list[str]:
    return re.findall(r'<a href="/(?:datasets/)?owner/([\w.-]+)" title', response.content.decode())


@pytest.fixture
def catalog(cast):
    a_card(cast.owner, "alpha", license="mit", pipeline_tag="fill-mask", language="en")
    a_card(cast.owner, "beta", license="apache-2.0", pipeline_tag="fill-mask", language="zh")
    a_card(cast.owner, "gamma", license="mit", pipeline_tag="text-generation", language="en")


def test_a_facet_narrows_the_list_and_its_chip_takes_it_off(client, catalog):
    response = client.get("/models", {"task": "fill-mask", "license": "mit"})
    page = unescape(response.content.decode())

    assert names(response) == ["alpha"]
    assert 'href="?license=mit"' in page
    assert 'href="?task=fill-mask"' in page


def test_a_facet_counts_what_the_other_filters_leave(client, catalog):
    page = client.get("/models", {"license": "mit"}).content.decode()
    counted = dict(re.findall(r'data-value="([^"]+)".*?class="count"[^>]*>(\d+)<', page, re.DOTALL))

    assert counted == {"fill-mask": "1", "text-generation": "1", "en": "2", "mit": "2", "apache-2.0": "1"}


def test_the_name_filter_ignores_case_and_keeps_the_facets(client, catalog):
    response = client.get("/models", {"search": "ALP", "task": "fill-mask"})

    assert names(response) == ["alpha"]
    assert '<input type="hidden" name="task" value="fill-mask">' in response.content.decode()


def test_pages_follow_each_other_without_gap_or_repeat(client, cast):
    for number in range(30):
        a_repo(cast.owner, f"many-{number:02}")

    first = client.get("/models")
    following = unescape(re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1])
    second = client.get(f"/models{following}")

    assert len(names(first)) == 24
    assert sorted(names(first) + names(second)) == [f"many-{number:02}" for number in range(30)]


def test_htmx_gets_the_next_cards_alone(client, cast):
    for number in range(26):
        a_repo(cast.owner, f"many-{number:02}")
    following = unescape(re.search(r'rel="next" href="([^"]+)"', client.get("/models").content.decode())[1])

    response = client.get(f"/models{following}", headers={"HX-Request": "true", "HX-Target": "next-rows"})

    assert len(names(response)) == 2
    assert "<html" not in response.content.decode()


def test_a_private_repository_is_listed_and_counted_only_for_those_who_may_read_it(client, cast):
    a_repo(cast.owner, "open")
    a_repo(cast.owner, "hidden", is_private=True)

    assert names(client.get("/models")) == ["open"]
    client.force_login(cast.stranger.user, backend="django.contrib.auth.backends.ModelBackend")
    assert names(client.get("/models")) == ["open"]
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")
    response = client.get("/models")
    assert sorted(names(response)) == ["hidden", "open"]
    assert re.search(r'id="total"[^>]*>\s*2\s*<', response.content.decode())


def test_datasets_and_models_have_separate_lists(client, cast):
    a_repo(cast.owner, "rows", kind="dataset")

    assert names(client.get("/datasets")) == ["rows"]
    assert names(client.get("/models")) == []


@pytest.mark.parametrize(
    "query",
    ["sort=magic", "cursor=nonsense", "size=huge", "cursor=WyJ4Il0", "tag=a%00b&search=%00", "task=%00"],
)
def test_a_bad_query_is_refused_or_finds_nothing(client, cast, query):
    assert client.get(f"/models?{query}").status_code in (200, 400)


def test_an_empty_list_shows_how_to_publish(client, cast):
    page = client.get("/models").content.decode()

    assert is_empty(page)
    assert "HF_ENDPOINT=http://testserver" in re.sub(r"<[^>]+>", "", page)


def test_a_profile_shows_and_counts_what_the_reader_may_see(client, cast):
    a_repo(cast.owner, "open", kind="dataset")
    a_repo(cast.owner, "hidden", kind="dataset", is_private=True)
    a_repo(cast.stranger, "other", kind="dataset")

    sections = {section.key: section for section in client.get("/owner").context["sections"]}

    assert sections.keys() == {"models", "datasets"}
    assert (sections["models"].count, sections["datasets"].count) == (0, 1)
    assert "/datasets/owner/open" in sections["datasets"].content
    assert "/owner/hidden" not in sections["datasets"].content
