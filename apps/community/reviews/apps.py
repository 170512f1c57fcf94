"""The reviews app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from apps.core.declaration import HOUR, ApiTag, BanyanApp, Declaration, PeriodicTask, UrlOrder

if TYPE_CHECKING:
    from apps.registry.repos.page_parts import RepoPageParts


class ReviewsConfig(BanyanApp):
    name = "apps.community.reviews"
    label = "reviews"

    def declaration(self) -> Declaration:
        from .conversations import ReviewReplies
        from .policies import POLICIES
        from .services import delete_orphaned_threads

        return Declaration(
            url_order=UrlOrder.NAMES,
            policies=POLICIES,
            api_tags=[ApiTag("reviews", _("Reviews"))],
            conversation_kinds=[ReviewReplies()],
            periodic_tasks=[
                PeriodicTask(name="delete_threads_of_reviews", task=delete_orphaned_threads, schedule=HOUR)
            ],
        )

    def repo_page_parts(self) -> RepoPageParts:
        from apps.registry.repos.page_parts import RepoPageParts, RepoTab

        community = RepoTab(
            name="community",
            label=gettext_lazy("Community"),
            icon="people",
            order=550,
            href=lambda links: links.page("community"),
        )
        return RepoPageParts(tabs=(community,))
