"""REST API: answers, moderators' acts, polls and bookmarks."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.conversations.api.shapes import POST_ID
from apps.core.conversations.models import Post
from apps.core.conversations.policies import POST_WRITE
from apps.core.rest.body import invalid_field, validated
from apps.core.rest.schema import CURSOR, LIMIT, operation
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.params import parse_int
from apps.core.web.policies import SIGNED_IN, requires

from ..errors import PollNotFound
from ..models import PinnedTo, Topic
from ..policies import TOPIC_EDIT, TOPIC_MODERATE, TOPIC_READ, TOPIC_REPLY
from ..presenters import PollView, poll_view
from ..selectors import bookmarks_of, poll_of
from ..services import answers, bookmarks, placing, polls, surgery
from .shapes import (
    AnswerUpdate,
    ArchiveUpdate,
    BallotUpdate,
    BookmarkDetail,
    BookmarkPage,
    BookmarkUpdate,
    PinUpdate,
    PollDetail,
    TopicDetail,
    TopicMerge,
    TopicMove,
    TopicSplit,
)
from .topics import TAG, TOPIC_ID, topic_json


def _id(text: str, pointer: str) -> int:
    """Return an id of a body as a number.

    raises  ValidationFailed
    """
    number = parse_int(text, least=1)
    if number is None:
        raise invalid_field(pointer, "Not an ID.")
    return number


@requires(TOPIC_EDIT)
class Answer(ApiView):
    @operation("accept_answer", TAG, TopicDetail, 404, 409, body=AnswerUpdate, params=[TOPIC_ID])
    def put(self, request: Request, topic: Topic) -> Response:
        """Accept a reply as the answer to a question."""
        post_id = validated(request, AnswerUpdate)["post_id"]
        answers.accept_answer(actor=actor_of(request), public_id=topic.public_id, post_id=post_id)
        return Response(topic_json(topic))

    @operation("clear_answer", TAG, None, 404, status=204, params=[TOPIC_ID])
    def delete(self, request: Request, topic: Topic) -> Response:
        """Take the mark of the answer away."""
        answers.clear_answer(actor=actor_of(request), public_id=topic.public_id)
        return no_content()


@requires(TOPIC_MODERATE)
class Pin(ApiView):
    @operation("pin_topic", TAG, TopicDetail, 404, body=PinUpdate, params=[TOPIC_ID])
    def put(self, request: Request, topic: Topic) -> Response:
        """Pin a topic above the lists of its category or of the site, or unpin it."""
        data = validated(request, PinUpdate)
        placing.pin_topic(
            actor=actor_of(request),
            public_id=topic.public_id,
            pinned_to=PinnedTo(data["pinned_to"]),
            until=data["until"],
        )
        return Response(topic_json(topic))


@requires(TOPIC_MODERATE)
class Archive(ApiView):
    @operation("archive_topic", TAG, TopicDetail, 404, body=ArchiveUpdate, params=[TOPIC_ID])
    def put(self, request: Request, topic: Topic) -> Response:
        """Archive a topic, which locks it, or bring it back."""
        is_archived = validated(request, ArchiveUpdate)["is_archived"]
        placing.set_archived(actor=actor_of(request), public_id=topic.public_id, is_archived=is_archived)
        return Response(topic_json(topic))


@requires(TOPIC_MODERATE)
class Move(ApiView):
    @operation("move_topic", TAG, TopicDetail, 404, body=TopicMove, params=[TOPIC_ID])
    def post(self, request: Request, topic: Topic) -> Response:
        """Move a topic to another category."""
        slug = validated(request, TopicMove)["category"]
        placing.move_topic(actor=actor_of(request), public_id=topic.public_id, category=slug)
        return Response(topic_json(topic))


@requires(TOPIC_MODERATE)
class Split(ApiView):
    @operation("split_topic", TAG, TopicDetail, 404, 409, status=201, body=TopicSplit, params=[TOPIC_ID])
    def post(self, request: Request, topic: Topic) -> Response:
        """Move replies to a new topic. Their old links lead there."""
        data = validated(request, TopicSplit)
        rows = Post.objects.filter(thread=topic.thread_id, public_id__in=data["post_ids"])
        ids = dict(rows.values_list("public_id", "pk"))
        for place, public_id in enumerate(data["post_ids"]):
            if public_id not in ids:
                raise invalid_field(f"post_ids/{place}", "There is no such post in this topic.", "not_found")
        new = surgery.split_topic(
            actor=actor_of(request),
            public_id=topic.public_id,
            post_ids=ids.values(),
            title=data["title"],
            category=data["category"],
        )
        return created(topic_json(new), f"/api/v1/forum/topics/{new.public_id}")


@requires(TOPIC_MODERATE)
class Merge(ApiView):
    @operation("merge_topic", TAG, TopicDetail, 404, 409, body=TopicMerge, params=[TOPIC_ID])
    def post(self, request: Request, topic: Topic) -> Response:
        """Move all posts of a topic to another one, which its address leads to."""
        into = _id(validated(request, TopicMerge)["into"], "into")
        target = surgery.merge_topics(actor=actor_of(request), public_id=topic.public_id, into=into)
        return Response(topic_json(target))


# polls


def _poll(request: Request, topic: Topic) -> PollView:
    poll = poll_of(topic)
    if poll is None:
        raise PollNotFound
    return poll_view(actor_of(request), poll)


@requires(TOPIC_READ)
class TopicPoll(ApiView):
    @operation("get_poll", TAG, PollDetail, 404, params=[TOPIC_ID])
    def get(self, request: Request, topic: Topic) -> Response:
        """Get the poll of a topic."""
        return Response(PollDetail(_poll(request, topic)).data)


@requires(TOPIC_REPLY)
class Ballot(ApiView):
    @operation("vote_in_poll", TAG, PollDetail, 404, 409, body=BallotUpdate, params=[TOPIC_ID])
    def put(self, request: Request, topic: Topic) -> Response:
        """Choose options of a poll, in place of an earlier choice."""
        positions = validated(request, BallotUpdate)["positions"]
        polls.vote(actor=actor_of(request), public_id=topic.public_id, positions=positions)
        return Response(PollDetail(_poll(request, topic)).data)


@requires(TOPIC_EDIT)
class PollClose(ApiView):
    @operation("close_poll", TAG, PollDetail, 404, params=[TOPIC_ID])
    def post(self, request: Request, topic: Topic) -> Response:
        """End a poll for good."""
        polls.close_poll(actor=actor_of(request), public_id=topic.public_id)
        return Response(PollDetail(_poll(request, topic)).data)


# bookmarks


@requires(SIGNED_IN)
class Bookmarks(ApiView):
    @operation("list_my_bookmarks", TAG, BookmarkPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List your bookmarks, newest first."""
        return list_response(request, bookmarks_of(actor_of(request)), BookmarkDetail, order=("-id",))


@requires(POST_WRITE)
class OneBookmark(ApiView):
    @operation("set_bookmark", TAG, BookmarkDetail, 404, body=BookmarkUpdate, params=[POST_ID])
    def put(self, request: Request, post: Post) -> Response:
        """Mark a post of a topic, or change the note of the mark."""
        note = validated(request, BookmarkUpdate)["note"]
        marked = bookmarks.add_bookmark(actor=actor_of(request), post_id=post.pk, note=note)
        return Response(BookmarkDetail(marked).data)

    @operation("delete_bookmark", TAG, None, 404, status=204, params=[POST_ID])
    def delete(self, request: Request, post: Post) -> Response:
        """Remove a bookmark."""
        bookmarks.remove_bookmark(actor=actor_of(request), post_id=post.pk)
        return no_content()
