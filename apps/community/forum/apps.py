"""The forum app."""

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from apps.core.declaration import (
    HOUR,
    ApiTag,
    BanyanApp,
    Declaration,
    ErrorRenderer,
    FeedLink,
    NavigationEntry,
    PeriodicTask,
    Place,
    ProfileSection,
    RateLimit,
    SitemapSection,
    SitePage,
    signed_in,
)

MINUTE = 60.0


class ForumConfig(BanyanApp):
    name = "apps.community.forum"
    label = "forum"

    def declaration(self) -> Declaration:
        from .conversations import TopicConversations
        from .discourse import is_discourse, render_refusal
        from .notifications import CategoryTargets, TagTargets
        from .policies import POLICIES
        from .search import TopicSearchProvider
        from .sections import topic_count, topic_section, topics_path
        from .services.counters import recount_tags, rescore_topics
        from .services.placing import unpin_due_topics
        from .services.polls import close_due_polls
        from .sitemap import CategoryPages, TopicPages

        return Declaration(
            policies=POLICIES,
            api_tags=[ApiTag("forum", _("Forum"))],
            error_renderers=[ErrorRenderer("discourse", is_discourse, render_refusal)],
            rate_limits=[RateLimit("api", is_discourse)],
            search_providers=[TopicSearchProvider()],
            conversation_kinds=[TopicConversations()],
            target_kinds=[CategoryTargets(), TagTargets()],
            navigation=[
                NavigationEntry(
                    label=gettext_lazy("Forum"),
                    path="/forum",
                    icon="quote",
                    keys="g f",
                    places={Place.HEADER: 50, Place.MENU: 60, Place.PALETTE: 60},
                ),
                NavigationEntry(
                    label=gettext_lazy("Bookmarks"),
                    path="/forum/bookmarks",
                    icon="star",
                    places={Place.ACCOUNT: 130, Place.PALETTE: 130},
                    is_shown=signed_in,
                ),
            ],
            profile_sections=[
                ProfileSection(
                    key="topics",
                    label=gettext_lazy("Topics"),
                    order=600,
                    count=topic_count,
                    render=topic_section,
                    path=topics_path,
                )
            ],
            feeds=[
                FeedLink(gettext_lazy("Topics"), "/feeds/forum.atom", "application/atom+xml"),
                FeedLink(gettext_lazy("Topics"), "/feeds/forum.json", "application/feed+json"),
            ],
            sitemaps=[SitemapSection("topics", TopicPages()), SitemapSection("categories", CategoryPages())],
            reserved_words=["topics", "tags", "categories"],
            periodic_tasks=[
                PeriodicTask(name="rescore_topics", task=rescore_topics, schedule=HOUR),
                PeriodicTask(name="recount_tags", task=recount_tags, schedule=24 * HOUR),
                PeriodicTask(name="unpin_due_topics", task=unpin_due_topics, schedule=5 * MINUTE),
                PeriodicTask(name="close_due_polls", task=close_due_polls, schedule=MINUTE),
            ],
            site_pages=[
                SitePage(
                    gettext_lazy("Forum"),
                    "/site/forum",
                    icon="folder",
                    about=gettext_lazy("Categories and their rights"),
                )
            ],
        )
