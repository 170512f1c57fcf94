"""URLs of the pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from apps.registry.repos.routes import repo_routes

from . import views as storage

urlpatterns: list[URLPattern] = [
    path("settings/storage", storage.own_storage, name="own_storage"),
    path("organizations/<owner:name>/storage", storage.organization_storage, name="organization_storage"),
    *repo_routes(
        [
            ("/settings/storage", storage.storage, "storage"),
            ("/settings/storage/review", storage.review, "review_objects"),
            ("/settings/storage/delete", storage.delete_objects, "delete_objects"),
        ]
    ),
]
