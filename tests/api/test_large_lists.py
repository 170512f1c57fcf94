"""Lists and counts of a large site, tested with lowered thresholds."""

from importlib import import_module

import pytest

from apps.core.actor import ANONYMOUS
from apps.registry.repos.addresses import RepoKind
from apps.registry.repos.models import Repo
from apps.registry.repos.selectors import Filters, list_repos, walks
from apps.registry.repos.selectors.tallies import ALL, two_digits

facets = import_module("apps.registry.repos.selectors.facets")  # the package has a function of this name
COUNT = 600


@pytest.fixture
def large(cast, monkeypatch):
    """600 models: half of a common task, one in a hundred of a rare one, one in ten private to the owner."""
    monkeypatch.setattr(facets, "SAMPLE", 150)
    monkeypatch.setattr(facets, "EXACT", 40)
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


def test_what_many_have_is_estimated_and_what_few_have_is_counted(large):
    found = facets.counted(ANONYMOUS, RepoKind.MODEL, Filters())
    rare = facets.counted(ANONYMOUS, RepoKind.MODEL, Filters(task="rare"))

    assert ALL in found.estimated
    assert 0.6 * 540 <= found.total <= 1.4 * 540
    assert 0.5 * 240 <= dict(found.facets["task"])["common"] <= 1.5 * 240
    assert found.total == two_digits(found.total)
    assert (rare.total, ALL in rare.estimated, "task" in rare.estimated) == (6, False, True)
    assert dict(rare.facets["language"]) == {"zh": 2, "en": 4}


def test_what_is_private_is_counted_only_for_those_who_may_read_it(large, cast):
    only_private = Filters(search=("m9",), task="common")

    assert facets.counted(ANONYMOUS, RepoKind.MODEL, only_private).total == 4
    assert facets.counted(cast.stranger.actor, RepoKind.MODEL, only_private).total == 4
    assert facets.counted(cast.owner.actor, RepoKind.MODEL, only_private).total == 6


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
            "/models?task=common&language=en&licence=none&library=none&search=m&tag=seldom&size=max:1B&sort=downloads"
        )
    assert page.status_code == 200
    assert "≈ " in client.get("/models").content.decode()
