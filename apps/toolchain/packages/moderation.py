"""Projects as content that people report and moderators put into quarantine."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.translation import gettext_lazy as _

from apps.core.actor import Actor, Need
from apps.core.moderation.providers import ContentView, ModeratedKind

from .access import may
from .models import Project
from .services.quarantine import PROJECT, end_quarantine, quarantine


class ModeratedProject(ModeratedKind):
    """Hiding a project is quarantine: its page says so, and its files are withheld."""

    name = PROJECT
    label = _("Packages")

    def views(self, ids: Collection[int]) -> Mapping[int, ContentView]:
        return {
            project.pk: ContentView(
                project.name,
                project.summary,
                project.get_absolute_url(),
                project.created_by_id,
                project.created_at,
            )
            for project in Project.objects.filter(pk__in=ids)
        }

    def publish(self, id: int) -> None:
        """Nothing: projects are not held."""

    def hide(self, id: int, reason: str) -> None:
        quarantine(id, reason)

    def restore(self, id: int) -> None:
        end_quarantine(id)

    def of_author(self, user_id: int) -> Collection[int]:
        rows = Project.objects.filter(created_by_id=user_id, is_private=False).exclude(latest="")
        return list(rows.order_by("-pk").values_list("pk", flat=True))

    def can_moderate(self, actor: Actor, id: int) -> bool:
        """The staff alone: owners do not decide about reports of their own projects."""
        return actor.is_staff

    def can_see(self, actor: Actor, id: int) -> bool:
        project = Project.objects.select_related("namespace").filter(pk=id).first()
        return project is not None and may(actor, Need.READ, project)
