"""Repos: models, datasets and applications."""

from django.apps import AppConfig


class ReposConfig(AppConfig):
    name = "apps.registry.repos"
    label = "repos"

    def ready(self) -> None:
        """Hear of it when a name that owns repositories changes or goes."""
        from apps.users.accounts.hooks import (
            on_namespace_removal,
            on_namespace_renamed,
            register_deletion_blockers,
        )

        from .services.namespaces import follow_namespace, keep_owned_namespace, repos_in_namespace

        on_namespace_renamed(follow_namespace)
        on_namespace_removal(keep_owned_namespace)
        register_deletion_blockers(repos_in_namespace)
