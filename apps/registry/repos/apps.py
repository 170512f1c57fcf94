"""Repos: models, datasets and applications."""

from django.apps import AppConfig


class ReposConfig(AppConfig):
    name = "apps.registry.repos"
    label = "repos"
