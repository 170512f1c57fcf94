"""What the watchers of an idea or a board are told besides posts: other statuses, and what is new.

Who votes for an idea or writes there watches it; of posts, their conversation tells.
"""

from __future__ import annotations

from apps.core.notifications.services import announce, withdraw

from .models import ChangelogEntry, StatusChange

STATUS, CHANGELOG = "idea_status", "changelog"
EXCERPT_CHARACTERS = 200


def status_changed(change: StatusChange, excerpt: str = "") -> None:
    """Tell those who watch an idea of its new status, once however it is explained."""
    idea = change.idea
    announce(
        kind=STATUS,
        source=f"{STATUS}:{change.pk}",
        title=idea.title,
        path=idea.get_absolute_url(),
        actor=change.changed_by_id,
        excerpt=excerpt[:EXCERPT_CHARACTERS],
        targets=idea.targets,
        mail_thread=idea.thread.target,
        facts={"status": change.after},
    )


def entry_published(entry: ChangelogEntry) -> None:
    """Tell the voters of the ideas that an entry delivers, and those who watch the board."""
    announce(
        kind=CHANGELOG,
        source=source_of(entry),
        title=entry.title,
        path=entry.get_absolute_url(),
        actor=entry.author_id,
        excerpt=entry.source[:EXCERPT_CHARACTERS],
        targets=[*(idea.target for idea in entry.ideas.all()), entry.board.target],
    )


def entry_withdrawn(entry: ChangelogEntry) -> None:
    """Take an entry out of inboxes."""
    withdraw(CHANGELOG, source_of(entry))


def source_of(entry: ChangelogEntry) -> str:
    return f"{CHANGELOG}:{entry.pk}"
