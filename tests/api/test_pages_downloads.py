"""Downloads: counted per day, summed over 30 days, drawn on the page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.registry.repos.models import DownloadDay, PersonDownload, Repo
from apps.registry.repos.selectors.downloads import downloads_by_day, has_downloaded
from apps.registry.repos.services.downloads import count_download, roll_up_downloads
from tests.api.hub import Hub
from tests.makers import a_repo
from tests.pages import has_id


@pytest.fixture
def repo(cast):
    return a_repo(cast.owner)


def a_day(repo, days_ago: int, count: int) -> None:
    DownloadDay.objects.create(repo=repo, day=timezone.now().date() - timedelta(days=days_ago), count=count)


def test_a_client_download_counts_for_today(repo):
    Hub().get("/owner/tiny/resolve/main/.gitattributes", X_HF_Download_Counter="1")

    assert downloads_by_day(repo)[-1] == (timezone.now().date(), 1)


def test_a_signed_in_person_is_remembered_once_and_nobody_else(cast, repo):
    path = "/owner/tiny/resolve/main/.gitattributes"

    Hub().get(path, X_HF_Download_Counter="1")
    for agent in ("one", "two"):
        Hub(cast.stranger).get(path, X_HF_Download_Counter="1", User_Agent=agent)

    assert [row.user for row in PersonDownload.objects.all()] == [cast.stranger.user]
    assert has_downloaded(cast.stranger.user.pk, repo)


def test_who_downloaded_is_forgotten_after_a_year(cast, repo):
    for person, days in [(cast.stranger, 366), (cast.member, 365)]:
        count_download(repo, person.user.pk)
        moment = timezone.now() - timedelta(days=days)
        PersonDownload.objects.filter(user=person.user).update(latest_at=moment)

    roll_up_downloads()

    assert PersonDownload.objects.get().user == cast.member.user


def test_downloads_of_one_day_share_a_row(repo):
    for _time in range(3):
        count_download(repo)

    found = Repo.objects.get()
    assert list(DownloadDay.objects.values_list("count", flat=True)) == [3]
    assert (found.downloads, found.downloads_all_time) == (3, 3)


def test_the_sum_lets_go_of_days_that_are_over_thirty_days_ago_and_keeps_the_total(repo):
    a_day(repo, 40, 7)
    a_day(repo, 29, 5)
    Repo.objects.update(downloads=12, downloads_all_time=100)

    changed, dropped = roll_up_downloads()

    found = Repo.objects.get()
    assert (changed, dropped, found.downloads, found.downloads_all_time) == (1, 0, 5, 100)
    assert roll_up_downloads() == (0, 0)


def test_days_are_kept_for_a_year(repo):
    a_day(repo, 366, 1)
    a_day(repo, 365, 1)

    assert roll_up_downloads()[1] == 1
    assert DownloadDay.objects.count() == 1


def test_days_without_downloads_are_drawn_as_none(repo):
    a_day(repo, 2, 4)

    counts = [count for _day, count in downloads_by_day(repo)]

    assert (len(counts), counts[-3:], sum(counts)) == (30, [4, 0, 0], 4)


def test_the_page_shows_the_number_and_how_it_is_counted(client, repo):
    count_download(repo)

    page = client.get("/owner/tiny").content.decode()

    assert 'class="sparkline' in page
    assert has_id(page, "how-counted")
