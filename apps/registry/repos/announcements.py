"""New repositories and commits tell those who watch the repository or its owner."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.actor import Actor
from apps.core.notifications.models import Event
from apps.core.notifications.providers import NotificationKind, TargetKind, TargetPlace
from apps.core.notifications.selectors import is_watched
from apps.core.notifications.services import announce
from apps.users.accounts.models import User

from .access import visible_to
from .models import Repo

REPO, COMMITS = "repo", "commit"


class _RepoNews(NotificationKind):
    """Those who can see the repository read it."""

    def readers(self, event: Event, user_ids: Collection[int]) -> Collection[int]:
        repo = Repo.objects.filter(pk=_repo_id(event), deleted_at=None).first()
        if repo is None or not repo.is_private:
            return user_ids if repo else []
        people = User.objects.filter(pk__in=user_ids)
        own = people.filter(namespace=repo.namespace_id).values_list("pk", flat=True)
        members = people.filter(memberships__namespace=repo.namespace_id).values_list("pk", flat=True)
        return {*own, *members}

    def readable(self, actor: Actor, events: Sequence[Event]) -> Collection[int]:
        ids = set(visible_to(actor).filter(pk__in=map(_repo_id, events)).values_list("pk", flat=True))
        return [event.pk for event in events if _repo_id(event) in ids]

    def path(self, event: Event) -> str:
        """Return the page under the present name."""
        repo = Repo.objects.select_related("namespace").get(pk=_repo_id(event))
        return f"{repo.get_absolute_url()}{event.facts['page']}"


class NewRepoNotifications(_RepoNews):
    name = REPO
    label = gettext_lazy("New repositories")

    def headline(self, event: Event) -> str:
        return _("New repository: %(repo)s") % {"repo": event.title}


class CommitNotifications(_RepoNews):
    name = COMMITS
    label = gettext_lazy("New commits")

    def headline(self, event: Event) -> str:
        return _("New commits in %(repo)s") % {"repo": event.title}


class RepoTargets(TargetKind):
    name = "repo"
    label = gettext_lazy("Repositories")

    def places(self, actor: Actor, keys: Collection[str]) -> Mapping[str, TargetPlace]:
        ids = [found for key in keys if (found := _uuid(key)) is not None and str(found) == key]
        rows = visible_to(actor).filter(pk__in=ids)
        return {str(row.pk): TargetPlace(row.address.id, row.get_absolute_url()) for row in rows}


def announce_repo(repo: Repo, actor: Actor) -> None:
    """Tell of a repository that is public from now on; it is told once."""
    if not repo.is_private and is_watched([repo.namespace.target]):
        _announce(repo, actor, REPO, f"{REPO}:{repo.pk}")


def is_repo_watched(repo: Repo) -> bool:
    return is_watched(_targets(repo))


def announce_commits(repo: Repo, actor: Actor, sha: str, title: str) -> None:
    """Tell of the commits that moved the default branch to `sha`."""
    # who may not read the files does not read what a commit says of them
    excerpt = "" if repo.gating else title
    _announce(repo, actor, COMMITS, f"{COMMITS}:{repo.pk}:{sha}", page=f"/commit/{sha}", excerpt=excerpt)


def _announce(repo: Repo, actor: Actor, kind: str, source: str, *, page: str = "", excerpt: str = "") -> None:
    announce(
        kind=kind,
        source=source,
        title=repo.address.id,
        path=f"{repo.get_absolute_url()}{page}",
        actor=actor.user_id,
        excerpt=excerpt,
        targets=_targets(repo),
        mail_thread=repo.target,
        facts={"page": page},
    )


def _targets(repo: Repo) -> list[str]:
    return [repo.target, repo.namespace.target]


def _repo_id(event: Event) -> UUID:
    return UUID(event.source.split(":")[1])


def _uuid(key: str) -> UUID | None:
    try:
        return UUID(key)
    except ValueError:
        return None
