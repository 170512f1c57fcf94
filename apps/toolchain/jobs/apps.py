"""Jobs: fine-tunes and evaluations."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "apps.toolchain.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Subscribe to renamed and removed namespaces."""
        from apps.users.accounts.hooks import on_namespace_removal, on_namespace_renamed

        from .services.renames import delete_namespace_jobs, update_namespace_address

        on_namespace_renamed(update_namespace_address)
        on_namespace_removal(delete_namespace_jobs)
