"""URLs of the pages."""

from __future__ import annotations

from django.urls import URLPattern

from apps.registry.repos.routes import repo_routes

from .views import leaderboard

urlpatterns: list[URLPattern] = [
    *repo_routes(
        [
            ("/leaderboard", leaderboard.leaderboard, "leaderboard"),
            ("/leaderboard/submit", leaderboard.submit, "leaderboard_submit"),
            ("/leaderboard/settings", leaderboard.settings, "leaderboard_settings"),
        ]
    ),
]
