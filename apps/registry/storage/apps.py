"""Storage of repositories: large files, quota, packing, garbage collection, purge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop as _

from apps.core.declaration import HOUR, ApiTag, BanyanApp, Declaration, PeriodicTask, UrlOrder

if TYPE_CHECKING:
    from apps.registry.repos.page_parts import RepoPageParts


class StorageConfig(BanyanApp):
    name = "apps.registry.storage"
    label = "storage"

    def declaration(self) -> Declaration:
        from celery.schedules import crontab

        from .services.garbage import collect_as_configured
        from .services.pack import queue_packing
        from .services.sweep import sweep_spool

        return Declaration(
            url_order=UrlOrder.NAMES,
            api_tags=[ApiTag("storage", _("Large files"))],
            periodic_tasks=[
                PeriodicTask(name="sweep_spool", task=sweep_spool, schedule=HOUR),
                PeriodicTask(name="pack_repositories", task=queue_packing, schedule=24 * HOUR),
                PeriodicTask(
                    name="collect_garbage",
                    task=collect_as_configured,
                    schedule=crontab(hour="3", minute="17"),
                ),
            ],
        )

    def repo_page_parts(self) -> RepoPageParts:
        from apps.registry.repos.page_parts import RepoPageParts

        return RepoPageParts(settings_templates=("registry/storage/_settings.html",))
