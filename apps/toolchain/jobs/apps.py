"""Jobs: fine-tunes and evaluations."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "apps.toolchain.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Hear of it when a name changes or goes."""
        from apps.users.accounts.hooks import on_namespace_removal, on_namespace_renamed

        from .services.renames import follow_namespace, forget_namespace

        on_namespace_renamed(follow_namespace)
        on_namespace_removal(forget_namespace)
