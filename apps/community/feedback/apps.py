"""The feedback app."""

from __future__ import annotations

from apps.core.declaration import HOUR, BanyanApp, Declaration, PeriodicTask, UrlOrder

MINUTE = 60.0


class FeedbackConfig(BanyanApp):
    name = "apps.community.feedback"
    label = "feedback"

    def declaration(self) -> Declaration:
        from .conversations import IdeaComments, ReviewReplies
        from .services.boards import delete_orphaned_threads
        from .services.changelog import publish_due_entries

        return Declaration(
            url_order=UrlOrder.NAMES,
            conversation_kinds=[IdeaComments(), ReviewReplies()],
            periodic_tasks=[
                PeriodicTask(name="publish_due_entries", task=publish_due_entries, schedule=MINUTE),
                PeriodicTask(name="delete_orphaned_threads", task=delete_orphaned_threads, schedule=HOUR),
            ],
        )
