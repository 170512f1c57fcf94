"""The conversations app."""

from django.utils.translation import gettext_noop as _

from apps.core.declaration import HOUR, ApiTag, BanyanApp, Declaration, Gauge, PeriodicTask

MINUTE = 60.0


class ConversationsConfig(BanyanApp):
    name = "apps.core.conversations"
    label = "conversations"

    def declaration(self) -> Declaration:
        from .folders import ATTACHMENTS
        from .moderation import ModeratedPost, conversation_statistics
        from .notification_kinds import PostNotifications, ThreadTargets
        from .policies import POLICIES
        from .selectors import attachment_bytes
        from .services.attachments import sweep_attachments
        from .services.drafts import sweep_drafts
        from .services.texts import render_old_posts
        from .services.threads import lock_due_threads

        return Declaration(
            policies=POLICIES,
            api_tags=[
                ApiTag("conversations", _("Conversations"), _("Threads of posts, wherever people talk."))
            ],
            object_folders=[ATTACHMENTS],
            notification_kinds=[PostNotifications()],
            target_kinds=[ThreadTargets()],
            gauges=[Gauge("storage_bytes", attachment_bytes)],
            moderated_kinds=[ModeratedPost()],
            trust_statistics=[conversation_statistics],
            periodic_tasks=[
                PeriodicTask(name="lock_due_threads", task=lock_due_threads, schedule=MINUTE),
                PeriodicTask(name="sweep_drafts", task=sweep_drafts, schedule=24 * HOUR),
                PeriodicTask(name="render_old_posts", task=render_old_posts, schedule=HOUR),
                PeriodicTask(name="sweep_attachments", task=sweep_attachments, schedule=HOUR),
            ],
        )
