"""The feedback app."""

from __future__ import annotations

from apps.core.declaration import BanyanApp, Declaration, UrlOrder


class FeedbackConfig(BanyanApp):
    name = "apps.community.feedback"
    label = "feedback"

    def declaration(self) -> Declaration:
        return Declaration(url_order=UrlOrder.NAMES)
