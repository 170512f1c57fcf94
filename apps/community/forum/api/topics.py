"""REST API: lists of topics, starting, reading and editing them."""

from __future__ import annotations

from typing import Any

from django.db.models import F, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.moderation.submissions import facts_of
from apps.core.rest.body import query_bool, query_choice, query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation
from apps.core.rest.view import ApiView, actor_of, created, list_response
from apps.core.web.policies import PUBLIC, requires

from ..models import Topic, TopicKind
from ..policies import FORUM_WRITER, TOPIC_EDIT, TOPIC_READ
from ..selectors import (
    Period,
    TopicFilter,
    TopicList,
    category_named,
    order_of,
    similar_topics,
    topics_for,
    with_parts,
)
from ..services.polls import PollPlan
from ..services.topics import create_topic, edit_topic
from .shapes import TopicCreate, TopicDetail, TopicPage, TopicUpdate

TAG = "forum"
TOPIC_ID = in_path("topic_id", "ID of the topic.", int)
FILTERS = [
    in_query("list", TopicList, "Default: latest."),
    in_query("period", Period, "Of the list top. Default: week."),
    in_query("category", str, "Slug; with the categories below it."),
    in_query("tag", str, "Name of a tag."),
    in_query("author", str, "Name of a person."),
    in_query("kind", TopicKind, "What a topic is for."),
    in_query("q", str, "Words in titles and posts."),
    in_query("is_solved", bool, "Whether it has an accepted answer."),
]


def _shown(rows: QuerySet[Topic]) -> QuerySet[Topic]:
    """Read with topics what `TopicDetail` shows besides their rows on pages."""
    return rows.annotate(answer_post_id=F("answer__public_id"))


def topic_json(topic: Topic) -> Any:
    """Return a topic as it is now."""
    return TopicDetail(_shown(with_parts(Topic.objects.filter(pk=topic.pk))).get()).data


@requires(PUBLIC, POST=FORUM_WRITER)
class Topics(ApiView):
    @operation("list_topics", TAG, TopicPage, 404, params=[*FILTERS, CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List the topics that you may read."""
        actor, slug = actor_of(request), query_str(request, "category")
        name = TopicList(query_choice(request, "list", [*TopicList], TopicList.LATEST))
        period = Period(query_choice(request, "period", [*Period], Period.WEEK))
        filters = TopicFilter(
            category=category_named(actor, slug) if slug else None,
            tag=query_str(request, "tag"),
            author=query_str(request, "author"),
            kind=query_choice(request, "kind", TopicKind.values),
            q=query_str(request, "q"),
            is_solved=query_bool(request, "is_solved") if "is_solved" in request.query_params else None,
        )
        rows = topics_for(actor, name, filters=filters, period=period)
        return list_response(request, _shown(rows), TopicDetail, order=order_of(name, period))

    @operation("create_topic", TAG, TopicDetail, 404, status=201, body=TopicCreate)
    def post(self, request: Request) -> Response:
        """Start a topic."""
        data = validated(request, TopicCreate)
        poll = PollPlan(**data["poll"]) if data["poll"] else None
        topic = create_topic(
            actor=actor_of(request),
            category=data["category"],
            title=data["title"],
            source=data["text"],
            kind=TopicKind(data["kind"]),
            tags=data["tags"],
            poll=poll,
            facts=facts_of(request._request, starts_thread=True),
        )
        return created(topic_json(topic), f"/api/v1/forum/topics/{topic.public_id}")


@requires(TOPIC_READ, PATCH=TOPIC_EDIT)
class OneTopic(ApiView):
    @operation("get_topic", TAG, TopicDetail, 404, params=[TOPIC_ID])
    def get(self, request: Request, topic: Topic) -> Response:
        """Get a topic. One that was merged is answered by the topic that has its posts."""
        return Response(topic_json(topic.merged_into or topic))

    @operation("update_topic", TAG, TopicDetail, 404, body=TopicUpdate, params=[TOPIC_ID])
    def patch(self, request: Request, topic: Topic) -> Response:
        """Change the title, the tags or the kind of a topic."""
        data = validated(request, TopicUpdate)
        kind = TopicKind(data.pop("kind")) if "kind" in data else None
        edit_topic(actor=actor_of(request), public_id=topic.public_id, kind=kind, **data)
        return Response(topic_json(topic))


@requires(PUBLIC)
class SimilarTopics(ApiView):
    @operation(
        "list_similar_topics",
        TAG,
        TopicPage,
        params=[in_query("title", str, "What you type.", required=True)],
    )
    def get(self, request: Request) -> Response:
        """List topics with a title like one, to find what was asked before."""
        found = similar_topics(actor_of(request), query_str(request, "title"))
        ids = [topic.pk for topic in found]
        rows = {topic.pk: topic for topic in _shown(with_parts(Topic.objects.filter(pk__in=ids)))}
        items = TopicDetail([rows[one] for one in ids], many=True).data
        return Response({"items": items, "next_cursor": None})
