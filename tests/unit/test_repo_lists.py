"""Lists, search and facets."""

import pytest

from apps.core.actor import ANONYMOUS
from apps.core.errors import BadRequest
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors import Filters, facets, list_repos, search_words
from apps.registry.repos.selectors.lists import parameter_range


def a_row(owner, name, *, kind=RepoKind.MODEL, tags=(), **facts):
    return Repo.objects.create(kind=kind, namespace=owner.user.namespace, name=name, tags=list(tags), **facts)


def names(actor, order="updated", **filters):
    return [repo.name for repo in list_repos(actor, RepoKind.MODEL, Filters(**filters), order=order).items]


def test_search_finds_parts_of_the_address_without_case(cast):
    a_row(cast.owner, "Tiny-BERT")
    a_row(cast.stranger, "other")

    assert names(ANONYMOUS, search=search_words("BERT")) == ["Tiny-BERT"]
    assert names(ANONYMOUS, search=search_words("owner tiny")) == ["Tiny-BERT"]
    assert names(ANONYMOUS, search=search_words("bert other")) == []
    assert names(ANONYMOUS, search=search_words("100%")) == []


def test_private_repos_are_listed_only_to_those_who_may_read_them(cast):
    a_row(cast.owner, "open")
    a_row(cast.owner, "hidden", is_private=True)

    assert names(ANONYMOUS) == ["open"]
    assert names(cast.stranger.actor) == ["open"]
    assert sorted(names(cast.owner.actor)) == ["hidden", "open"]


def test_filters_all_have_to_fit(cast):
    a_row(
        cast.owner,
        "one",
        tags=["pytorch", "bert"],
        task="fill-mask",
        languages=["en", "zh"],
        parameters=7_000_000_000,
    )
    a_row(cast.owner, "two", tags=["pytorch"], task="fill-mask", languages=["en"], parameters=70_000_000)

    assert names(ANONYMOUS, tags=("pytorch", "bert")) == ["one"]
    assert names(ANONYMOUS, task="fill-mask", language="zh") == ["one"]
    assert names(ANONYMOUS, max_parameters=10**9) == ["two"]
    assert names(ANONYMOUS, author="OWNER", library="none") == []


def test_pages_follow_each_other_without_gap_or_repeat_where_values_are_equal(cast):
    expected = {a_row(cast.owner, f"repo-{number}", downloads=number // 3).name for number in range(10)}

    seen, cursor = [], None
    while True:
        page = list_repos(ANONYMOUS, RepoKind.MODEL, Filters(), order="downloads", cursor=cursor, limit=4)
        seen += [repo.name for repo in page.items]
        cursor = page.next_cursor
        if not cursor:
            break

    assert len(seen) == 10
    assert set(seen) == expected


def test_a_page_takes_one_query_however_long_it_is(cast, django_assert_num_queries):
    for number in range(6):
        a_row(cast.owner, f"repo-{number}", tags=["pytorch"])

    with django_assert_num_queries(1):
        page = list_repos(ANONYMOUS, RepoKind.MODEL, Filters())
        assert [repo.tags for repo in page.items] == [["pytorch"]] * 6


def test_a_facet_counts_what_the_other_filters_leave(cast):
    a_row(cast.owner, "one", task="fill-mask", library="transformers", languages=["en"])
    a_row(cast.owner, "two", task="text-generation", library="transformers", languages=["en", "zh"])
    a_row(cast.owner, "three", task="text-generation", library="peft")

    found = facets(ANONYMOUS, RepoKind.MODEL, Filters(task="text-generation")).values

    assert found["task"] == [("text-generation", 2), ("fill-mask", 1)]
    assert found["library"] == [("peft", 1), ("transformers", 1)]
    assert found["language"] == [("en", 1), ("zh", 1)]


def test_facets_count_private_repos_only_for_those_who_may_read_them(cast):
    a_row(cast.owner, "open", task="fill-mask")
    a_row(cast.owner, "hidden", task="fill-mask", is_private=True)

    counts = [
        facets(actor, RepoKind.MODEL, Filters()).values["task"]
        for actor in (ANONYMOUS, cast.stranger.actor, cast.owner.actor)
    ]

    assert counts == [[("fill-mask", 1)], [("fill-mask", 1)], [("fill-mask", 2)]]


@pytest.mark.parametrize(
    ("text", "expected"), [("min:6B,max:128B", (6 * 10**9, 128 * 10**9)), ("max:1.5M", (None, 1_500_000))]
)
def test_ranges_of_parameters_are_read_with_their_units(text, expected):
    assert parameter_range(text) == expected


@pytest.mark.parametrize("text", ["", "6B", "min:", "min:x", "most:6B", "min:-1"])
def test_other_ranges_are_refused(text):
    with pytest.raises(BadRequest):
        parameter_range(text)


def test_an_unknown_order_and_a_forged_cursor_are_refused(db):
    for words in ({"order": "colour"}, {"cursor": "x"}, {"cursor": "WyJhIiwgImIiXQ"}):
        with pytest.raises(BadRequest):
            list_repos(ANONYMOUS, RepoKind.MODEL, Filters(), **{"order": "updated", **words})
