"""URLs of the pages."""

from __future__ import annotations

from django.urls import URLPattern, path

from .routes import repo_routes
from .views import access, feeds, lists, relations, settings

urlpatterns: list[URLPattern] = [
    path("models", lists.models, name="models"),
    path("datasets", lists.datasets, name="datasets"),
    path("apps", lists.applications, name="applications"),
    path("kernels", lists.kernels, name="kernels"),
    path("feeds/repos.atom", feeds.new_repos_atom, name="feed_repos_atom"),
    path("feeds/repos.json", feeds.new_repos_json, name="feed_repos_json"),
    *repo_routes(
        [
            ("/model-tree", relations.model_tree, "model_tree"),
            ("/settings", settings.settings, "settings"),
            ("/settings/visibility", settings.visibility, "visibility"),
            ("/settings/gating", access.gate, "gate"),
            ("/settings/access", access.requests, "access_requests"),
            ("/settings/access/decide", access.decide, "decide_access"),
            ("/settings/access/admit", access.grant_directly, "admit"),
            ("/ask-access", access.ask, "ask_access"),
            ("/settings/rename", settings.rename, "rename"),
            ("/settings/transfer", settings.transfer, "transfer"),
            ("/settings/protection", settings.protection, "protection"),
            ("/settings/delete", settings.delete, "delete"),
        ]
    ),
]
