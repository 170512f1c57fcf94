"""The feedback app."""

from __future__ import annotations

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from apps.core.declaration import (
    HOUR,
    ApiTag,
    BanyanApp,
    Declaration,
    FeedLink,
    PeriodicTask,
    SitemapSection,
    UrlOrder,
)

MINUTE = 60.0
ATOM, JSON_FEED = "application/atom+xml", "application/feed+json"


class FeedbackConfig(BanyanApp):
    name = "apps.community.feedback"
    label = "feedback"

    def declaration(self) -> Declaration:
        from .conversations import IdeaComments
        from .moderation import ModeratedBoard, ModeratedEntry
        from .navigation import NAVIGATION
        from .notification_kinds import (
            BoardTargets,
            ChangelogNotifications,
            IdeaTargets,
            StatusNotifications,
        )
        from .policies import POLICIES
        from .search import IdeaSearchProvider
        from .services.boards import delete_orphaned_threads
        from .services.changelog import publish_due_entries
        from .sitemap import BoardPages, EntryPages, IdeaPages
        from .views.sections import SECTIONS

        return Declaration(
            url_order=UrlOrder.NAMES,
            policies=POLICIES,
            api_tags=[ApiTag("feedback", _("Feedback"))],
            navigation=NAVIGATION,
            profile_sections=SECTIONS,
            search_providers=[IdeaSearchProvider()],
            feeds=[
                FeedLink(gettext_lazy("New ideas"), "/feeds/ideas.atom", ATOM),
                FeedLink(gettext_lazy("New ideas"), "/feeds/ideas.json", JSON_FEED),
            ],
            sitemaps=[
                SitemapSection("boards", BoardPages()),
                SitemapSection("ideas", IdeaPages()),
                SitemapSection("changelog", EntryPages()),
            ],
            notification_kinds=[StatusNotifications(), ChangelogNotifications()],
            target_kinds=[BoardTargets(), IdeaTargets()],
            moderated_kinds=[ModeratedBoard(), ModeratedEntry()],
            conversation_kinds=[IdeaComments()],
            periodic_tasks=[
                PeriodicTask(name="publish_due_entries", task=publish_due_entries, schedule=MINUTE),
                PeriodicTask(name="delete_threads_of_ideas", task=delete_orphaned_threads, schedule=HOUR),
            ],
        )
