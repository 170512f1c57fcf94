"""Lists and counts of a large site, tested with lowered thresholds."""

from importlib import import_module

import pytest

from apps.core.actor import ANONYMOUS
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors import Filters, list_repos, walks

facets = import_module("apps.registry.repos.selectors.facets")  # the package has a function of this name
COUNT = 600


@pytest.fixture
def large(cast, monkeypatch):
    """600 models: half of a common task, one in a hundred of a rare one, one in ten private to the owner."""
    monkeypatch.setattr(facets, "BOUND", 40)
    monkeypatch.setattr(walks, "WALKED", 20)
    rows = [
        Repo(
            namespace=cast.owner.user.namespace,
            name=f"m{n}",
            key=f"m{n}",
            address_key=f"owner/m{n}",
            downloads=n,
            is_private=n % 10 == 9,
            task="rare" if n % 100 == 0 else "common" if n % 2 else "other",
            languages=["en"] if n % 3 else ["zh"],
            tags=["seldom"] if n < 3 else [],
        )
        for n in range(COUNT)
    ]
    Repo.objects.bulk_create(rows)


def test_counts_above_the_bound_are_left_out_and_those_below_are_exact(large):
    everything = facets.facets(ANONYMOUS, RepoKind.MODEL, Filters())
    rare = facets.facets(ANONYMOUS, RepoKind.MODEL, Filters(task="rare"))

    assert everything.total is None
    assert everything.values["task"] == [("other", None), ("common", None), ("rare", None)]
    assert (rare.total, dict(rare.values["language"])) == (6, {"zh": 2, "en": 4})
    assert rare.values["task"] == everything.values["task"]


def test_every_count_up_to_the_bound_is_exact(large, monkeypatch):
    monkeypatch.setattr(facets, "BOUND", COUNT)
    found = facets.facets(ANONYMOUS, RepoKind.MODEL, Filters(language="en"))

    assert found.total == 360
    assert dict(found.values["language"]) == {"en": 360, "zh": 180}
    assert sum(count for _value, count in found.values["task"]) == 360


def test_private_repositories_are_counted_only_for_those_who_may_read_them(large, cast):
    only_private = Filters(search=("m9",), task="common")
    counts = [
        facets.facets(actor, RepoKind.MODEL, only_private).total
        for actor in (ANONYMOUS, cast.stranger.actor, cast.owner.actor)
    ]

    assert counts == [4, 4, 6]


def test_only_counts_that_cost_something_are_cached(large, cast, monkeypatch):
    monkeypatch.setattr(facets, "BOUND", COUNT)
    monkeypatch.setattr(facets, "CACHED_FROM", 100)

    def totals():
        return [
            facets.facets(ANONYMOUS, RepoKind.MODEL, one).total for one in (Filters(), Filters(task="rare"))
        ]

    assert totals() == [540, 6]
    Repo.objects.filter(key__in=["m0", "m1"]).delete()
    assert totals() == [540, 5]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(task="rare"), [500, 400, 300, 200, 100, 0]),
        (Filters(tags=("seldom",)), [2, 1, 0]),
        (Filters(search=("m1",), task="rare"), [100]),
        (Filters(task="rare", language="zh"), [300, 0]),
        (Filters(task="nothing"), []),
        (Filters(search=("m59",)), [598, 597, 596, 595, 594, 593, 592, 591, 590, 59]),
    ],
)
def test_what_fits_seldom_is_found_whole_and_in_order(large, filters, expected):
    seen, cursor = [], None
    while True:
        page = list_repos(ANONYMOUS, RepoKind.MODEL, filters, order="downloads", cursor=cursor, limit=4)
        seen += [repo.downloads for repo in page.items]
        cursor = page.next_cursor
        if not cursor:
            break

    assert seen == [number for number in expected if number % 10 != 9]


def test_pages_of_what_fits_often_follow_each_other_whole(large, cast):
    for order in ("updated", "downloads", "trending"):
        seen, cursor = [], None
        while True:
            page = list_repos(
                cast.owner.actor, RepoKind.MODEL, Filters(task="common"), order=order, cursor=cursor, limit=70
            )
            seen += [repo.name for repo in page.items]
            cursor = page.next_cursor
            if not cursor:
                break
        assert (len(seen), len(set(seen))) == (300, 300)


def test_a_list_of_a_member_takes_few_queries_with_every_filter(
    large, cast, client, django_assert_max_num_queries
):
    client.force_login(cast.owner.user, backend="django.contrib.auth.backends.ModelBackend")
    client.get("/models")

    with django_assert_max_num_queries(12):
        page = client.get(
            "/models?task=common&language=en&license=none&library=none"
            "&search=m&tag=seldom&size=max:1B&sort=downloads"
        )
    assert page.status_code == 200
