"""People hear of invitations to a project, of new versions that they watch, and of quarantine."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.actor import Actor
from apps.core.notifications.models import Event, MailMode, Reason
from apps.core.notifications.providers import NotificationKind, TargetKind, TargetPlace
from apps.core.notifications.services import announce
from apps.users.accounts.models import Membership, Role, User

from .access import visible_to
from .models import MaintainerInvitation, Project, ProjectFile, ProjectVersion

PACKAGES, TARGET = "packages", "project"
PEOPLE_LIMIT = 100


class Occasion(StrEnum):
    """What happened to a project."""

    INVITED = "invited"
    JOINED = "joined"
    PUBLISHED = "published"
    QUARANTINED = "quarantined"
    RELEASED = "released"


class PackageNotifications(NotificationKind):
    """What happens to projects: people who see the project may read it."""

    name = PACKAGES
    label = gettext_lazy("Packages")
    default_mail = MailMode.EACH

    def headline(self, event: Event) -> str:
        sentences = {
            Occasion.INVITED: _("%(person)s invites you to maintain %(project)s"),
            Occasion.JOINED: _("%(person)s maintains %(project)s now"),
            Occasion.PUBLISHED: _("%(project)s %(version)s was published"),
            Occasion.QUARANTINED: _("%(project)s is in quarantine"),
            Occasion.RELEASED: _("The quarantine of %(project)s has ended"),
        }
        facts = {"project": event.title, "person": "", "version": "", **event.facts}
        return sentences[Occasion(event.facts["occasion"])] % facts

    def readers(self, event: Event, user_ids: Collection[int]) -> Collection[int]:
        if not event.targets:
            # about the person, who may not see the project yet
            return {int(user_id) for user_id in event.direct} & set(user_ids)
        project = Project.objects.filter(pk=event.facts["project_id"]).first()
        if project is None:
            return []
        return set(user_ids) & people_of(project) if project.is_private else user_ids

    def readable(self, actor: Actor, events: Sequence[Event]) -> Collection[int]:
        ids = {event.facts["project_id"] for event in events}
        seen = set(visible_to(actor).filter(pk__in=ids).values_list("pk", flat=True))
        return [
            event.pk
            for event in events
            if event.facts["project_id"] in seen or str(actor.user_id) in event.direct
        ]


class ProjectTarget(TargetKind):
    """People watch a project to hear of its versions."""

    name = TARGET
    label = gettext_lazy("Package")

    def places(self, actor: Actor, keys: Collection[str]) -> Mapping[str, TargetPlace]:
        rows = visible_to(actor).filter(key__in=keys)
        return {project.key: TargetPlace(project.name, project.get_absolute_url()) for project in rows}


def people_of(project: Project) -> set[int]:
    """Return the ids of the people who may read a private project."""
    own = User.objects.filter(namespace_id=project.namespace_id).values_list("pk", flat=True)
    members = Membership.objects.filter(namespace_id=project.namespace_id)
    maintainers = project.maintainers.values_list("user_id", flat=True)
    return {*own, *members.values_list("user_id", flat=True), *maintainers}


def publishers_of(project: Project) -> list[int]:
    """Return the ids of the people who may publish a project, the owner's first."""
    own = User.objects.filter(namespace_id=project.namespace_id).values_list("pk", flat=True)
    members = Membership.objects.filter(namespace_id=project.namespace_id, role__gte=Role.WRITE)
    writers = members.order_by("pk").values_list("user_id", flat=True)[:PEOPLE_LIMIT]
    maintainers = project.maintainers.order_by("pk").values_list("user_id", flat=True)[:PEOPLE_LIMIT]
    return list(dict.fromkeys([*own, *writers, *maintainers]))


def announce_invitation(invitation: MaintainerInvitation, person: str) -> None:
    announce_project(
        invitation.project,
        Occasion.INVITED,
        source=f"invitation:{invitation.pk}",
        path="/settings/packages",
        actor=invitation.invited_by_id,
        people=[invitation.user_id],
        person=person,
    )


def announce_maintainer(project: Project, *, user_id: int, person: str) -> None:
    """Tell those who publish a project that somebody else does now, too."""
    announce_project(
        project,
        Occasion.JOINED,
        source=f"maintainer:{project.pk}:{user_id}",
        actor=user_id,
        people=publishers_of(project),
        person=person,
    )


def announce_version(version: ProjectVersion, file: ProjectFile) -> None:
    """Tell those who watch a project of a new version; its publishers hear of it by mail, to notice theft."""
    announce_project(
        version.project,
        Occasion.PUBLISHED,
        source=f"version:{version.pk}",
        path=version.get_absolute_url(),
        actor=file.uploaded_by_id,
        people=publishers_of(version.project),
        excerpt=version.summary,
        targets=(f"{TARGET}:{version.project.key}",),
        version=version.version,
    )


def announce_quarantine(project: Project, *, reason: str, is_over: bool = False) -> None:
    announce_project(
        project,
        Occasion.RELEASED if is_over else Occasion.QUARANTINED,
        source=f"quarantine:{project.pk}:{project.serial}",
        actor=None,
        people=publishers_of(project),
        excerpt=reason,
    )


def announce_project(
    project: Project,
    occasion: Occasion,
    *,
    source: str,
    actor: int | None,
    people: Collection[int],
    path: str = "",
    excerpt: str = "",
    targets: Sequence[str] = (),
    **facts: str,
) -> None:
    """Tell people of a project, and those who watch a target."""
    announce(
        kind=PACKAGES,
        source=source,
        title=project.name,
        path=path or project.get_absolute_url(),
        actor=actor,
        excerpt=excerpt,
        targets=targets,
        direct=dict.fromkeys(people, Reason.PERSONAL),
        facts={"occasion": occasion.value, "project_id": project.pk, **facts},
    )
