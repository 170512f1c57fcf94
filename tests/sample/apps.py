"""Notes that people publish or keep for themselves."""

import re

from django.utils.translation import gettext_lazy, pgettext_lazy
from django.utils.translation import gettext_noop as _

from apps.core.declaration import (
    HOUR,
    ApiTag,
    BanyanApp,
    Declaration,
    FeedLink,
    Gauge,
    NamespaceHooks,
    NavigationEntry,
    PeriodicTask,
    Place,
    ProfileSection,
    RateLimit,
    ReferenceProvider,
    SitemapSection,
    SitePage,
)


class SampleConfig(BanyanApp):
    name = "tests.sample"
    label = "sample"

    def declaration(self) -> Declaration:
        from .conversations import NoteComments
        from .moderation import ModeratedNote
        from .notifications import NewNotes, NotesOfSomebody
        from .pages import NotePages, note_count, note_references, note_section
        from .policies import POLICIES
        from .search import NoteSearchProvider
        from .selectors import note_counts
        from .services import delete_expired_notes, delete_notes_of

        return Declaration(
            policies=POLICIES,
            api_tags=[ApiTag("notes", _("Notes"))],
            rate_limits=[RateLimit("api", lambda path: path == "/notes")],
            search_providers=[NoteSearchProvider()],
            navigation=[
                NavigationEntry(
                    label=gettext_lazy("Notes"),
                    path="/notes",
                    icon="file-text",
                    keys="g n",
                    places={Place.HEADER: 90, Place.PALETTE: 90},
                )
            ],
            profile_sections=[
                ProfileSection(
                    key="notes",
                    label=gettext_lazy("Notes"),
                    order=900,
                    count=note_count,
                    render=note_section,
                )
            ],
            feeds=[FeedLink(pgettext_lazy("feed", "Notes"), "/feeds/notes.atom", "application/atom+xml")],
            sitemaps=[SitemapSection("notes", NotePages())],
            reserved_words=["notebooks"],
            periodic_tasks=[
                PeriodicTask(name="delete_expired_notes", task=delete_expired_notes, schedule=HOUR)
            ],
            gauges=[Gauge("notes", note_counts)],
            namespace_hooks=[NamespaceHooks(removed=delete_notes_of)],
            conversation_kinds=[NoteComments()],
            moderated_kinds=[ModeratedNote()],
            notification_kinds=[NewNotes()],
            target_kinds=[NotesOfSomebody()],
            reference_providers=[ReferenceProvider(re.compile(r"/notes/[0-9]{1,9}"), note_references)],
            site_pages=[SitePage(gettext_lazy("Notes"), "/notes", icon="file-text")],
        )
