"""A board as a file, for its admins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from apps.core.conversations.models import Post, PostKind, PostState
from apps.core.notifications.selectors import watchers_of

from ..layouts import Layout, write_csv
from ..models import Board, BugReport, Idea, StatusChange, Vote

FORMAT, FORMAT_VERSION = "banyan-board", 1
BATCH = 500


def board_as_json(board: Board) -> dict[str, Any]:
    """Return a board with everything on it but hidden and deleted posts."""
    return {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "board": {
            "name": board.name,
            "about": board.about,
            "takes_bugs": board.takes_bugs,
            "bug_template": board.bug_template,
            "statuses": [
                {"slug": one.slug, "kind": one.kind, "name": one.name, "is_on_roadmap": one.is_on_roadmap}
                for one in board.statuses.all()
            ],
            "labels": [{"name": one.name, "is_open": one.is_open} for one in board.labels.all()],
        },
        "ideas": list(_ideas(board)),
        "entries": [
            {
                "key": entry.key,
                "title": entry.title,
                "version": entry.version,
                "source": entry.source,
                "kinds": entry.kinds,
                "state": entry.state,
                "published_at": _moment(entry.published_at),
                "ideas": [idea.key for idea in entry.ideas.all()],
            }
            for entry in board.entries.order_by("pk").prefetch_related("ideas")
        ],
    }


def board_as_csv(board: Board, layout: Layout) -> Iterator[str]:
    """Return the public ideas of a board in the columns of Canny or Fider."""
    rows = (row for row in _ideas(board) if not row["is_security"] and row["state"] == PostState.VISIBLE)
    return write_csv(
        ({**row, "labels": ", ".join(row["labels"]), "votes": row["vote_count"]} for row in rows), layout
    )


def _moment(value: Any) -> str | None:
    return value.isoformat() if value else None


def _ideas(board: Board) -> Iterator[dict[str, Any]]:
    rows = Idea.objects.filter(board=board).select_related(
        "author", "status", "merged_into", "official_reply"
    )
    last = 0
    while batch := list(rows.filter(pk__gt=last).order_by("pk").prefetch_related("labels")[:BATCH]):
        last = batch[-1].pk
        parts = _parts(batch)
        yield from (_idea(idea, parts) for idea in batch)


def _parts(batch: list[Idea]) -> dict[str, Mapping[Any, list[Any]]]:
    """Return what belongs to ideas: posts by thread, watchers by target, votes, changes and bugs by idea."""
    ids = [idea.pk for idea in batch]
    posts = Post.objects.filter(thread_id__in=[idea.thread_id for idea in batch], kind=PostKind.COMMENT)
    shown = posts.exclude(state__in=[PostState.HIDDEN, PostState.DELETED]).select_related("author")
    return {
        "posts": _grouped(shown.order_by("pk"), "thread_id"),
        "votes": _grouped(Vote.objects.filter(idea__in=ids).select_related("user").order_by("pk"), "idea_id"),
        "followers": _grouped(watchers_of([idea.target for idea in batch]), "target"),
        "changes": _grouped(StatusChange.objects.filter(idea__in=ids).order_by("pk"), "idea_id"),
        "bugs": _grouped(BugReport.objects.filter(idea__in=ids), "idea_id"),
    }


def _grouped(rows: Any, name: str) -> Mapping[Any, list[Any]]:
    found: defaultdict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return found


def _idea(idea: Idea, parts: Mapping[str, Mapping[Any, list[Any]]]) -> dict[str, Any]:
    posts, bugs = parts["posts"].get(idea.thread_id, []), parts["bugs"].get(idea.pk, [])
    is_described = bool(posts) and idea.state not in (PostState.HIDDEN, PostState.DELETED)
    reply = idea.official_reply
    return {
        "key": idea.key,
        "title": idea.title,
        "text": posts[0].source if is_described else "",
        "author": idea.author.username if idea.author else idea.author_name,
        "status": idea.status.slug,
        "state": idea.state,
        "votes": idea.imported_votes,
        "vote_count": idea.vote_count,
        "comment_count": idea.comment_count,
        "created_at": _moment(idea.created_at),
        "labels": [label.name for label in idea.labels.all()],
        "reply": reply.source if reply and reply.is_visible else "",
        "merged_into": idea.merged_into.key if idea.merged_into else "",
        "is_security": idea.is_security,
        "bug": _bug(bugs[0]) if bugs else None,
        "voters": [
            {"name": vote.user.username, "weight": vote.weight, "created_at": _moment(vote.created_at)}
            for vote in parts["votes"].get(idea.pk, [])
        ],
        "followers": [row.user.username for row in parts["followers"].get(idea.target, [])],
        "comments": [_comment(post) for post in posts[is_described:]],
        "changes": [
            {"before": one.before, "after": one.after, "created_at": _moment(one.created_at)}
            for one in parts["changes"].get(idea.pk, [])
        ],
    }


def _bug(bug: BugReport) -> dict[str, str]:
    names = ("version", "environment", "severity", "reproducibility", "commit_sha")
    return {name: getattr(bug, name) for name in names}


def _comment(post: Post) -> dict[str, Any]:
    author = post.author.get_username() if post.author else post.facts.get("author_name", "")
    return {
        "author": author,
        "text": post.source,
        "created_at": _moment(post.published_at or post.created_at),
        "is_held": post.state == PostState.HELD,
    }
