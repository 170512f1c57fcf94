"""Fine-tunes ordered through the OpenAI API."""

from __future__ import annotations

from apps.core.declaration import BanyanApp, Declaration


class FineTuningConfig(BanyanApp):
    name = "apps.registry.fine_tuning"
    label = "fine_tuning"

    def declaration(self) -> Declaration:
        return Declaration()
