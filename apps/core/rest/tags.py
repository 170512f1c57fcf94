"""Tags of the REST API: the groups of its document and reference. Each app declares its own."""

from __future__ import annotations

from dataclasses import dataclass

from django.apps import apps


@dataclass(frozen=True, slots=True)
class ApiTag:
    """A group of operations.

    title  heading in the reference
    about  a sentence below the heading
    """

    name: str
    title: str
    about: str = ""


def api_tags() -> list[ApiTag]:
    """Return the `api_tags` of every installed app, those of the upper domains first."""
    configs = reversed(list(apps.get_app_configs()))
    return [tag for config in configs for tag in getattr(config, "api_tags", ())]
