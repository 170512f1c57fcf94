"""Releases of any files."""

from __future__ import annotations

from django.utils.translation import gettext_noop as _

from apps.core.declaration import HOUR, ApiTag, BanyanApp, Declaration, PeriodicTask


class ReleasesConfig(BanyanApp):
    name = "apps.toolchain.releases"
    label = "releases"

    def declaration(self) -> Declaration:
        from .folders import ASSETS, PIECES
        from .policies import POLICIES
        from .services.assets import sweep_uploads

        return Declaration(
            policies=POLICIES,
            api_tags=[ApiTag("releases", _("Releases"))],
            object_folders=[ASSETS, PIECES],
            periodic_tasks=[PeriodicTask(name="sweep_release_uploads", task=sweep_uploads, schedule=HOUR)],
        )

    def ready(self) -> None:
        from apps.toolchain.packages.hooks import project_deleted, project_transferred

        from .services.counting import count_releases, forget_count

        project_transferred.connect(count_releases)
        project_deleted.connect(forget_count)
