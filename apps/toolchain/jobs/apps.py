"""Jobs: fine-tunes and evaluations."""

from django.apps import AppConfig
from django.utils.translation import gettext_noop as _

from apps.core.rest.tags import ApiTag


class JobsConfig(AppConfig):
    name = "apps.toolchain.jobs"
    label = "jobs"
    api_tags = (
        ApiTag("jobs", _("Jobs")),
        ApiTag("receipts", _("Receipts")),
        ApiTag("workers", _("Workers")),
    )

    def ready(self) -> None:
        """Subscribe to renamed and removed namespaces."""
        from apps.users.accounts.hooks import on_namespace_removal, on_namespace_renamed

        from .services.renames import delete_namespace_jobs, update_namespace_address

        on_namespace_renamed(update_namespace_address)
        on_namespace_removal(delete_namespace_jobs)
