"""Pages of one topic: reading, starting, editing."""

from __future__ import annotations

from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.conversations.composing import BODY_LIMIT_BYTES, sent_text, shown_again
from apps.core.conversations.forms import PostForm
from apps.core.conversations.models import PostState
from apps.core.conversations.presenters import ComposerView, PostView, ThreadView, thread_view
from apps.core.conversations.selectors import draft_of
from apps.core.errors import NotFound
from apps.core.moderation.submissions import facts_of
from apps.core.web.actions import post_response, refusals_on_form
from apps.core.web.bodies import takes_body
from apps.core.web.http import HubRequest
from apps.core.web.policies import PUBLIC, requires

from ..access import Rights, can_edit, can_reply, rights_of
from ..forms import TopicEditForm, TopicForm
from ..models import Category, Topic, TopicKind
from ..notifications import targets_of
from ..policies import FORUM_WRITER, TOPIC_EDIT, TOPIC_READ
from ..presenters import ICONS, category_choices, moderation_view, place_of, poll_view
from ..previews import absolute, excerpt, json_ld
from ..selectors import (
    category_tree,
    moved_post,
    poll_of,
    redirect_for,
)
from ..services.topics import create_topic, edit_topic

# place of the draft of a topic
NEW_TOPIC = "topic"


@requires(TOPIC_READ)
@require_safe
def topic(request: HubRequest, topic: Topic, slug: str = "") -> HttpResponse:
    """A topic with the posts around where the reader wants to be."""
    if topic.merged_into is not None:
        return _to_merged(request, topic)
    if slug != topic.slug:
        query = request.GET.urlencode()
        return redirect(topic.get_absolute_url() + (f"?{query}" if query else ""), permanent=True)
    place = place_of(topic)
    talk = thread_view(request.actor, topic.thread, place, request.GET.dict())
    if (moved := _moved(topic, talk, request.GET.get("post", ""))) is not None:
        return moved
    return render(request, "community/forum/topic.html", _topic_context(request, topic, talk))


@requires(TOPIC_READ)
@require_safe
def numbered(request: HubRequest, topic: Topic, slug: str, number: int) -> HttpResponse:
    """A post by the number at the end of the address, as people write it by hand."""
    return redirect(place_of(topic).post_path(number), permanent=True)


@requires(PUBLIC)
@require_safe
def old_address(request: HubRequest, rest: str) -> HttpResponse:
    """The address of a topic or a category on a site that was imported, below its /t or /c."""
    kind = request.path.removeprefix("/forum").lstrip("/").partition("/")[0]
    parts = [part for part in rest.split("/") if part]
    for path in _old_paths(kind, parts):
        found = redirect_for(path)
        if found is None:
            continue
        if found.category is not None:
            return redirect(found.category, permanent=True)
        if found.topic is not None:
            post = redirect_for(f"{path}/{parts[-1]}") if len(parts) > 2 else None
            place = place_of(found.topic)
            number = post.post.number if post and post.post else None
            return redirect(place.post_path(number) if number else place.path, permanent=True)
    raise NotFound


def _old_paths(kind: str, parts: list[str]) -> list[str]:
    """Return the forms in which a path may be kept: by id alone, and by the slugs before it."""
    numbers = [part for part in parts if part.isascii() and part.isdigit()]
    return [f"{kind}/{number}" for number in numbers[:1]] + [f"{kind}/{'/'.join(parts)}"]


@requires(FORUM_WRITER)
@takes_body(BODY_LIMIT_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
def new_topic(request: HubRequest) -> HttpResponse:
    """Start a topic, or preview it."""
    rights = rights_of(request.actor)
    choices = category_choices(category_tree(request.actor, rights))
    options = {"categories": choices, "kinds": _kinds(rights)}
    if request.method != "POST":
        initial, source = _beginning(request, rights)
        return _new_page(request, TopicForm(initial=initial, **options), {"source": source})
    form, text = TopicForm(request.POST, **options), PostForm(request.POST, request.FILES)
    source, error = sent_text(request.actor, text)
    if text.is_valid() and text.is_preview:
        return _new_page(request, form, shown_again(source, error))
    if form.is_valid() and not error:
        with refusals_on_form(form, None):
            topic = _created(request, form, source)
            words = "" if topic.is_listed else _("A moderator will look at your topic.")
            return post_response(request, topic, words)
    return _new_page(request, form, shown_again(source, error), status=422)


def _beginning(request: HubRequest, rights: Rights) -> tuple[dict[str, Any], str]:
    """Return the fields and the text that the form begins with.

    The draft has them, or else the template of the category that the address names.
    """
    draft = draft_of(request.actor, NEW_TOPIC)
    named = {name: request.GET[name][:200] for name in ("title", "tags", "category") if name in request.GET}
    if draft is not None and draft.source.strip():
        return {**draft.data, **named}, draft.source
    chosen = Category.objects.filter(slug=named.get("category", ""), pk__in=rights.create).first()
    return named, chosen.template if chosen else ""


def _new_page(
    request: HubRequest, form: TopicForm, facts: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    composer = ComposerView(
        action="/forum/new", place=NEW_TOPIC, label=_("Text"), button=_("Publish topic"), **facts
    )
    context = {"form": form, "composer": composer, "has_places": bool(form["category"].field.choices)}
    return render(request, "community/forum/new.html", context, status=status)


def _created(request: HubRequest, form: TopicForm, source: str) -> Topic:
    data = form.cleaned_data
    return create_topic(
        actor=request.actor,
        category=data["category"],
        title=data["title"],
        source=source,
        kind=TopicKind(data["kind"]),
        tags=data["tags"],
        poll=form.poll,
        draft=NEW_TOPIC,
        facts=facts_of(request, starts_thread=True),
    )


@requires(TOPIC_EDIT)
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HubRequest, topic: Topic) -> HttpResponse:
    """Change the title, the tags or the kind of a topic."""
    names = topic.tags.values_list("name", flat=True)
    initial = {"title": topic.title, "kind": topic.kind, "tags": " ".join(sorted(names))}
    form = TopicEditForm(request.POST or None, initial=initial, kind=topic.kind)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        kind = TopicKind(data["kind"]) if data.get("kind") else None
        with refusals_on_form(form, None):
            changed = edit_topic(
                actor=request.actor,
                public_id=topic.public_id,
                title=data["title"],
                tags=data["tags"],
                kind=kind,
            )
            return redirect(changed)
    status = 422 if request.method == "POST" else 200
    return render(request, "community/forum/edit.html", {"form": form, "topic": topic}, status=status)


def _topic_context(request: HubRequest, topic: Topic, talk: ThreadView) -> dict[str, Any]:
    actor, first = request.actor, topic.first_post
    poll = poll_of(topic) if topic.kind == TopicKind.POLL else None
    prefetch_related_objects([topic], "tags")
    return {
        "topic": topic,
        "icon": ICONS[TopicKind(topic.kind)],
        "tags": [tag.name for tag in topic.tags.all()],
        "talk": talk,
        "targets": targets_of(topic),
        "poll": poll_view(actor, poll) if poll else None,
        "may_edit": can_edit(actor, topic),
        "may_vote": can_reply(actor, topic),
        "moderation": moderation_view(actor, topic, category_tree(actor)) if talk.is_moderator else None,
        "about": excerpt(first.html) if first and first.is_visible else "",
        "url": absolute(topic.get_absolute_url()),
        "structured": json_ld(topic, _shown(talk)) if topic.is_listed else "",
    }


def _shown(talk: ThreadView) -> list[PostView]:
    """Return the posts whose text everybody sees."""
    return [post for post in talk.window.posts if post.event is None and post.state == PostState.VISIBLE]


def _kinds(rights: Rights) -> list[tuple[str, Any]]:
    return [choice for choice in TopicKind.choices if choice[0] != TopicKind.ANNOUNCEMENT or rights.moderate]


def _to_merged(request: HubRequest, topic: Topic) -> HttpResponse:
    """Lead to where a topic was merged into, and to the post if the address names one."""
    assert topic.merged_into is not None
    moved = _moved_to(topic, request.GET.get("post", ""))
    return moved or redirect(topic.merged_into.get_absolute_url(), permanent=True)


def _moved(topic: Topic, talk: ThreadView, number: str) -> HttpResponse | None:
    """Lead to a post that was split off, if it is not in the topic any more."""
    if not number or any(str(post.number) == number for post in talk.window.posts):
        return None
    return _moved_to(topic, number)


def _moved_to(topic: Topic, number: str) -> HttpResponse | None:
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    post = moved_post(topic, int(number))
    if post is None or post.number is None:
        return None
    target = post.thread.topic
    place = place_of(target)
    return redirect(place.post_path(post.number), permanent=True)
