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

    def views(self, keys: Collection[str]) -> Mapping[str, ContentView]:
        return {
            project.public_id: ContentView(
                project.name,
                project.summary,
                project.get_absolute_url(),
                project.created_by_id,
                project.created_at,
            )
            for project in Project.objects.filter(public_id__in=keys)
        }

    def publish(self, key: str) -> None:
        """Nothing: projects are not held."""

    def hide(self, key: str, reason: str) -> None:
        quarantine(key, reason)

    def restore(self, key: str) -> None:
        end_quarantine(key)

    def of_author(self, user_id: int) -> Collection[str]:
        rows = Project.objects.filter(created_by_id=user_id, is_private=False).exclude(latest="")
        return list(rows.order_by("-pk").values_list("public_id", flat=True))

    def can_moderate(self, actor: Actor, key: str) -> bool:
        """The staff alone: owners do not decide about reports of their own projects."""
        return actor.is_staff

    def can_see(self, actor: Actor, key: str) -> bool:
        project = Project.objects.select_related("namespace").filter(public_id=key).first()
        return project is not None and may(actor, Need.READ, project)
