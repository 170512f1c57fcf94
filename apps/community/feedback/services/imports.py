"""Importing ideas, votes, comments and the changelog of a board from a file."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.actor import Actor
from apps.core.audit.services import record
from apps.core.conversations.models import Post, PostState, Thread
from apps.core.conversations.rendering import VERSION, render_post
from apps.core.conversations.services.posts import POST, write_post
from apps.core.conversations.services.threads import create_thread
from apps.core.errors import Refusal
from apps.core.moderation.services.judge import Outcome, judge
from apps.core.moderation.services.rules import READ_CHARACTERS, Facts
from apps.core.notifications.services.subscriptions import watch_for
from apps.core.public_ids import new_public_id
from apps.users.accounts.models import User

from ..access import managed_board
from ..audit import Action
from ..errors import BadImport
from ..layouts import STATUS_KINDS, BadRow, ImportedIdea, Problem, ReadFile, moment_of, read_csv, read_json
from ..models import (
    Board,
    BoardStatus,
    BugReport,
    ChangeKind,
    ChangelogEntry,
    EntryState,
    Idea,
    IdeaKind,
    Label,
    Reproducibility,
    Severity,
    StatusChange,
    Vote,
)
from .boards import LABELS_LIMIT, STATUSES_LIMIT
from .following import count_listed

KEY = re.compile(r"[0-9a-f]{16}")
SLUG = re.compile(r"[a-z0-9_-]{1,40}")
WEIGHT_LIMIT = 1000


@dataclass(slots=True)
class ImportResult:
    """What an import did.

    skipped   rows that were imported before
    problems  rows that were left out
    """

    imported: int = 0
    skipped: int = 0
    entries: int = 0
    problems: list[Problem] = field(default_factory=list)


def import_board(*, actor: Actor, slug: str, data: bytes, is_json: bool) -> ImportResult:
    """Import a file into a board. Each row is a transaction: after an interruption, import the file again.

    Staff's files keep authors and voters who have an account; of others the name and the count stay. An idea
    that was imported before is left out. Nobody is told of what is imported. Moderation judges the file as
    one text; if it holds it, each idea waits for a moderator.

    raises  BoardNotFound, BadImport, Forbidden, Unauthenticated, TokenScope; Silenced, Banned, PostingPaused,
            NewAccountLimit
    """
    board = managed_board(actor, slug)
    try:
        found = read_json(data) if is_json else read_csv(data)
    except BadRow as error:
        raise BadImport(str(error), fields={"file": str(error)}) from None
    return _Import(actor, board, found, _judge(actor, found)).run()


def _judge(actor: Actor, found: ReadFile) -> Outcome:
    text = "\n\n".join(f"{idea.title}\n{idea.text}" for idea in found.ideas)[:READ_CHARACTERS]
    return judge(actor=actor, text=text, kind=POST, facts=Facts(starts_thread=True)).check()


class _Import:
    """One import: the rows of the board that its rows refer to are read once."""

    def __init__(self, actor: Actor, board: Board, found: ReadFile, outcome: Outcome) -> None:
        self.actor, self.board, self.found, self.outcome = actor, board, found, outcome
        self.result = ImportResult(problems=list(found.problems))
        self.people = _people_of(actor, found)

    def run(self) -> ImportResult:
        with transaction.atomic():
            self._add_statuses()
            self._add_labels()
        for idea in self.found.ideas:
            self._try(idea.line, lambda idea=idea: self._import_idea(idea))
        self._link_merged()
        for line, entry in enumerate(self.found.entries, 1):
            self._try(line, lambda entry=entry: self._import_entry(entry))
        record(self.actor, Action.BOARD_IMPORTED, self.board.slug, ideas=self.result.imported)
        self.result.problems.sort(key=lambda problem: problem.line)
        return self.result

    def _try(self, line: int, act: Any) -> None:
        try:
            with transaction.atomic():
                act()
        except BadRow as error:
            self.result.problems.append(Problem(line, str(error)))
        except Refusal as refusal:
            self.result.problems.append(Problem(line, refusal.words))

    # the board

    def _add_statuses(self) -> None:
        """Add the statuses of the file that the board lacks, after its own."""
        known = {status.slug for status in self.board.statuses.all()}
        for row in _rows(self.found.board.get("statuses")):
            slug, kind = str(row.get("slug", "")), str(row.get("kind", ""))
            if slug in known or not SLUG.fullmatch(slug) or kind not in STATUS_KINDS.values():
                continue
            if len(known) >= STATUSES_LIMIT:
                break
            BoardStatus.objects.create(
                board=self.board,
                slug=slug,
                kind=kind,
                name=str(row.get("name", ""))[:40],
                is_on_roadmap=row.get("is_on_roadmap") is True,
                position=len(known),
            )
            known.add(slug)
        self.statuses = list(self.board.statuses.order_by("position", "pk"))

    def _add_labels(self) -> None:
        """Add the labels of the file, up to the limit of a board."""
        names = {
            str(row.get("name", "")): row.get("is_open") is True
            for row in _rows(self.found.board.get("labels"))
        }
        for idea in self.found.ideas:
            for name in idea.labels:
                names.setdefault(name, True)
        self.labels = {label.key: label for label in self.board.labels.all()}
        for name, is_open in names.items():
            key = name.casefold()[:40]
            if name and key not in self.labels and len(self.labels) < LABELS_LIMIT:
                self.labels[key] = Label.objects.create(board=self.board, name=name[:40], is_open=is_open)

    def _status(self, word: str) -> BoardStatus:
        """Return the status that is called so, else the first of that kind, else that of new ideas."""
        plain = "".join(word.lower().replace("_", " ").replace("-", " ").split())
        kind = STATUS_KINDS.get(plain, "")
        by_slug = next((one for one in self.statuses if one.slug == word.lower()), None)
        by_name = next((one for one in self.statuses if one.label.casefold() == word.casefold()), None)
        by_kind = next((one for one in self.statuses if one.kind == kind), None)
        return by_slug or by_name or by_kind or self.statuses[0]

    # ideas

    def _import_idea(self, row: ImportedIdea) -> None:
        if row.key and self._was_imported(row.key):
            self.result.skipped += 1
            return
        author, created_at = self.people.get(row.author.casefold()), row.created_at or timezone.now()
        is_bug = row.bug is not None
        thread = create_thread("idea")
        idea = Idea.objects.create(
            key=self._free_key(row.key),
            board=self.board,
            kind=IdeaKind.BUG if is_bug else IdeaKind.IDEA,
            title=row.title,
            author=author,
            author_name=row.author,
            thread=thread,
            status=self._status(row.status),
            state=PostState.HELD,
            is_security=row.is_security and is_bug,
            imported_votes=row.votes,
            source_key=row.key,
            created_at=created_at,
        )
        idea.labels.set([self.labels[key] for key in _keys(row.labels) if key in self.labels])
        self._write(thread, row.author, row.text.strip() or row.title, created_at, row.is_held)
        for comment in row.comments:
            self._write_comment(thread, comment)
        if is_bug:
            _add_bug(idea, row.bug or {})
        self._add_people(idea, row)
        self._add_changes(idea, row)
        self._add_reply(idea, row)
        self.result.imported += 1

    def _was_imported(self, key: str) -> bool:
        rows = Idea.objects.filter(board=self.board)
        return rows.filter(source_key=key).exists() or rows.filter(key=key).exists()

    def _free_key(self, key: str) -> str:
        """Keep the key of an idea that was exported here, so that its address leads to it again."""
        is_ours = KEY.fullmatch(key) and not Idea.objects.filter(key=key).exists()
        return key if is_ours else new_public_id()

    def _write_comment(self, thread: Thread, comment: Mapping[str, Any]) -> None:
        text = comment.get("text")
        if not isinstance(text, str) or not text.strip():
            raise BadRow(_("A comment has no text."))
        author = str(comment.get("author") or "")[:96]
        self._write(thread, author, text, moment_of(comment, "created_at"), comment.get("is_held") is True)

    def _write(self, thread: Thread, author: str, text: str, at: Any, is_held: bool = False) -> Post:
        person = self.people.get(author.casefold())
        post = write_post(
            thread,
            person.pk if person else None,
            text,
            is_held=is_held or self.outcome.is_held,
            is_silent=True,
            outcome=self.outcome,
        )
        facts = {} if person or not author else {"author_name": author}
        moment = at or timezone.now()
        published_at = moment if post.is_visible else None
        Post.objects.filter(pk=post.pk).update(created_at=moment, published_at=published_at, facts=facts)
        return post

    def _add_people(self, idea: Idea, row: ImportedIdea) -> None:
        """Add votes and watchers; voters whom the site does not know are counted."""
        votes, unknown = {}, 0
        for voter in row.voters:
            person = self.people.get(str(voter.get("name", "")).casefold())
            weight = voter.get("weight")
            if person is None:
                unknown += 1
                continue
            is_valid = isinstance(weight, int) and 0 <= weight <= WEIGHT_LIMIT
            votes[person.pk] = Vote(idea=idea, user=person, weight=int(weight or 0) if is_valid else 1)
        Vote.objects.bulk_create(votes.values(), ignore_conflicts=True)
        watch_for(self._watchers(row, votes), idea.target)
        idea.refresh_from_db()
        idea.imported_votes = row.votes + unknown
        idea.vote_count = len(votes) + idea.imported_votes
        idea.save(update_fields=["imported_votes", "vote_count"])

    def _watchers(self, row: ImportedIdea, voters: Collection[int]) -> set[int]:
        """Return who watches an idea: whom the file names; without names, who votes for it or wrote it."""
        if row.followers is None:
            author = self.people.get(row.author.casefold())
            return {*voters, *([author.pk] if author else [])}
        return {person.pk for name in row.followers if (person := self.people.get(name.casefold()))}

    def _add_changes(self, idea: Idea, row: ImportedIdea) -> None:
        for one in row.changes:
            before, after = str(one.get("before", ""))[:40], str(one.get("after", ""))[:40]
            change = StatusChange.objects.create(idea=idea, before=before, after=after)
            StatusChange.objects.filter(pk=change.pk).update(
                created_at=moment_of(one, "created_at") or idea.created_at
            )

    def _add_reply(self, idea: Idea, row: ImportedIdea) -> None:
        """Find the official reply among the comments; a file without comments has its text alone."""
        if not row.reply.strip():
            return
        posts = Post.objects.filter(thread=idea.thread, source=row.reply.strip(), state=PostState.VISIBLE)
        idea.official_reply = posts.order_by("pk").last() or self._write(
            Thread.objects.get(pk=idea.thread_id), "", row.reply, None
        )
        idea.save(update_fields=["official_reply"])

    def _link_merged(self) -> None:
        """Redirect merged ideas, once all ideas are there."""
        for row in self.found.ideas:
            if row.key and row.merged_into:
                self._try(row.line, lambda row=row: self._link(row))

    def _link(self, row: ImportedIdea) -> None:
        rows = Idea.objects.select_for_update().filter(board=self.board)
        source, target = (rows.filter(source_key=key).first() for key in (row.key, row.merged_into))
        if target is None:
            raise BadRow(_("It is merged into an idea that is not in the file."))
        if source is None or source.merged_into_id or source.pk == target.pk or target.merged_into_id:
            return
        if source.is_security != target.is_security:
            raise BadRow(_("A security report can't be merged into a public idea."))
        was_listed, source.merged_into = source.is_listed, target
        source.save(update_fields=["merged_into"])
        count_listed(self.board.pk, -1 if was_listed else 0)

    # the changelog

    def _import_entry(self, row: Mapping[str, Any]) -> None:
        key, source = str(row.get("key", "")), row.get("source")
        title = row.get("title")
        if (
            not isinstance(source, str)
            or not source.strip()
            or not isinstance(title, str)
            or not title.strip()
        ):
            raise BadRow(_("A changelog entry needs a title and a text."))
        if ChangelogEntry.objects.filter(key=key).exists():
            self.result.skipped += 1
            return
        at = moment_of(row, "published_at")
        is_published = row.get("state") == EntryState.PUBLISHED and at is not None
        entry = ChangelogEntry.objects.create(
            key=key if KEY.fullmatch(key) else new_public_id(),
            board=self.board,
            title=title[:200],
            version=str(row.get("version", ""))[:80],
            source=source,
            html=render_post(source).html,
            html_version=VERSION,
            kinds=[kind for kind in ChangeKind.values if kind in (row.get("kinds") or ())],
            state=EntryState.PUBLISHED if is_published else EntryState.DRAFT,
            published_at=at if is_published else None,
            author_id=self.actor.user_id,
        )
        keys = [one for one in row.get("ideas") or () if isinstance(one, str)]
        entry.ideas.set(Idea.objects.filter(board=self.board, source_key__in=keys, is_security=False))
        self.result.entries += 1


def _people_of(actor: Actor, found: ReadFile) -> dict[str, User]:
    """Return the people who are made authors and voters, by name in lower case.

    The site's staff restores what people wrote. Anybody else could put words into their mouths by a file, so
    for them it names only themselves.
    """
    names = {name.casefold() for idea in found.ideas for name in _names_in(idea)}
    if not actor.is_staff:
        names &= {actor.name.casefold()}
    rows = User.objects.filter(namespace__key__in=names).select_related("namespace")
    return {user.namespace.key: user for user in rows}


def _names_in(idea: ImportedIdea) -> Iterable[str]:
    yield idea.author
    yield from idea.followers or ()
    yield from (str(voter.get("name", "")) for voter in idea.voters)
    yield from (str(comment.get("author", "")) for comment in idea.comments)


def _keys(names: Iterable[str]) -> list[str]:
    return [name.casefold()[:40] for name in names]


def _rows(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _add_bug(idea: Idea, facts: Mapping[str, Any]) -> None:
    severity, reproducibility = facts.get("severity"), facts.get("reproducibility")
    BugReport.objects.create(
        idea=idea,
        version=str(facts.get("version", ""))[:80],
        environment=str(facts.get("environment", ""))[:1000],
        severity=severity if severity in Severity.values else Severity.MEDIUM,
        reproducibility=reproducibility if reproducibility in Reproducibility.values else "",
        commit_sha=str(facts.get("commit_sha", ""))[:64],
    )
