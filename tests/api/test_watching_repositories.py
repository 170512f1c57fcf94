"""Who watches a repository, a person or an organization hears of what they publish."""

import pytest

from apps.core.notifications.errors import TargetNotFound
from apps.core.notifications.models import Event, Level, Notification, Subscription
from apps.core.notifications.presenters import notification_views, subscription_views
from apps.core.notifications.selectors import inbox, subscriptions_of
from apps.core.notifications.services import delivery
from apps.core.notifications.services.subscriptions import set_level
from apps.registry.contents.services.commit import commit_changes
from apps.registry.gitstore import AddFile
from apps.registry.repos.addresses import Address, RepoKind
from apps.registry.repos.models import Gating
from apps.registry.repos.services.delete import delete_repo
from apps.registry.repos.services.rename import rename_repo
from apps.registry.repos.services.settings import update_visibility
from tests.makers import a_repo

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_store")]


def watch(person, *targets, level=Level.WATCH) -> None:
    for target in targets:
        Subscription.objects.create(user=person.user, target=target, level=level)


def news_of(person) -> list[tuple[str, str, str]]:
    """Return kind, repository and text of what the person is told and may read, the oldest first."""
    for event in delivery.unfinished_events():
        delivery.deliver_event(event.pk)
    rows = list(inbox(person.actor).order_by("pk"))
    readable = {view.public_id for view in notification_views(person.actor, rows) if view.path}
    return [(row.kind, row.event.title, row.event.excerpt) for row in rows if row.public_id in readable]


def commit(person, repo, message="Lower the rate", name="README.md"):
    changes = [AddFile(name, message.encode())]
    return commit_changes(
        actor=person.actor, address=repo.address, branch="main", message=message, changes=changes
    )


def test_a_new_repository_is_told_to_those_who_watch_its_owner(cast):
    watch(cast.stranger, cast.owner.user.namespace.target)
    watch(cast.member, cast.organization.target)

    a_repo(cast.owner, "tiny")
    a_repo(cast.owner, "small", namespace=cast.organization.name)

    assert news_of(cast.stranger) == [("repo", "owner/tiny", "")]
    assert news_of(cast.member) == [("repo", "grove/small", "")]


def test_a_private_repository_is_told_once_it_is_public(cast):
    watch(cast.stranger, cast.owner.user.namespace.target)
    repo = a_repo(cast.owner, is_private=True)
    assert news_of(cast.stranger) == []

    for is_private in (False, True, False):
        update_visibility(actor=cast.owner.actor, address=repo.address, is_private=is_private)

    assert news_of(cast.stranger) == [("repo", "owner/tiny", "")]


def test_commits_are_told_to_those_who_watch_the_repository(cast):
    repo = a_repo(cast.owner)
    watch(cast.stranger, repo.target)
    watch(cast.owner, repo.target)

    commit(cast.owner, repo)

    assert news_of(cast.stranger) == [("commit", "owner/tiny", "Lower the rate")]
    assert news_of(cast.owner) == []


def test_the_level_of_a_repository_goes_before_that_of_its_owner(cast):
    repo, other = a_repo(cast.owner), a_repo(cast.owner, "other")
    watch(cast.stranger, cast.owner.user.namespace.target)
    watch(cast.stranger, repo.target, level=Level.MUTE)

    commit(cast.owner, repo)
    commit(cast.owner, other)

    assert news_of(cast.stranger) == [("commit", "owner/other", "Lower the rate")]


def test_what_nobody_watches_writes_no_event(cast):
    commit(cast.owner, a_repo(cast.owner))

    assert not Event.objects.exists()


def test_only_members_are_told_of_commits_to_a_private_repository(cast):
    repo = a_repo(cast.owner, namespace=cast.organization.name)
    for person in (cast.member, cast.stranger):
        watch(person, repo.target)
    update_visibility(actor=cast.owner.actor, address=repo.address, is_private=True)

    commit(cast.owner, repo)

    assert (len(news_of(cast.member)), news_of(cast.stranger)) == (1, [])


def test_the_words_of_a_commit_to_a_gated_repository_are_not_told(cast):
    repo = a_repo(cast.owner)
    repo.gating = Gating.MANUAL
    repo.save()
    watch(cast.stranger, repo.target)

    commit(cast.owner, repo)

    assert news_of(cast.stranger) == [("commit", "owner/tiny", "")]


def test_a_notification_follows_a_renamed_repository_and_forgets_a_deleted_one(client, cast):
    repo = a_repo(cast.owner)
    watch(cast.stranger, repo.target)
    sha = commit(cast.owner, repo).sha
    to = Address(RepoKind.MODEL, "owner", "huge")
    assert len(news_of(cast.stranger)) == 1

    rename_repo(actor=cast.owner.actor, address=repo.address, to=to)

    client.force_login(cast.stranger.user)
    row = Notification.objects.get()
    assert client.get(f"/notifications/{row.public_id}")["Location"] == f"/owner/huge/commit/{sha}"
    (view,) = subscription_views(cast.stranger.actor, list(subscriptions_of(cast.stranger.actor)))
    assert (view.title, view.path) == ("owner/huge", "/owner/huge")

    delete_repo(actor=cast.owner.actor, address=to)
    assert news_of(cast.stranger) == []


def test_nobody_watches_a_repository_that_they_may_not_see(cast):
    repo = a_repo(cast.owner, is_private=True)

    with pytest.raises(TargetNotFound):
        set_level(actor=cast.stranger.actor, target=repo.target, level=Level.WATCH)
    assert set_level(actor=cast.owner.actor, target=repo.target, level=Level.WATCH)


@pytest.mark.parametrize(
    "target", ["repo:x", "repo:", "namespace:x", "namespace:99999999999999999999", "namespace:0"]
)
def test_targets_that_name_nothing_are_not_found(cast, target):
    with pytest.raises(TargetNotFound):
        set_level(actor=cast.member.actor, target=target, level=Level.WATCH)


def test_the_pages_have_the_button_but_not_ones_own(client, cast):
    repo = a_repo(cast.owner)
    client.force_login(cast.stranger.user)

    for path, target in (
        (repo.get_absolute_url(), repo.target),
        ("/owner", cast.owner.user.namespace.target),
    ):
        assert f'data-watch="{target}"' in client.get(path).content.decode()
    assert f'data-watch="{cast.organization.target}"' in client.get("/grove").content.decode()
    assert "data-watch" not in client.get("/stranger").content.decode()
