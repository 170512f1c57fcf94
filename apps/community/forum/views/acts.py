"""Acts on a topic from its page: each is a form with one button."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeVar

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.core.conversations.models import Post
from apps.core.errors import BadRequest
from apps.core.web.http import HubRequest
from apps.core.web.policies import requires

from ..forms import MergeForm, MoveForm, PaceForm, PinForm, PostForm, SplitForm, SwitchForm
from ..models import PinnedTo, Topic
from ..policies import FORUM_WRITER, TOPIC_EDIT, TOPIC_MODERATE, TOPIC_REPLY
from ..presenters import place_of
from ..services import answers, bookmarks, pacing, placing, polls, surgery

Form = TypeVar("Form", bound=forms.Form)


def _valid(form: Form) -> dict[str, Any]:
    """Return the fields of a form that a page of the site has filled in.

    raises  BadRequest
    """
    if not form.is_valid():
        raise BadRequest(str(next(iter(form.errors.values()))[0]))
    return form.cleaned_data


@requires(TOPIC_EDIT)
@require_POST
def accept(request: HubRequest, topic: Topic) -> HttpResponse:
    """Accept a post as the answer, or take the mark away from it."""
    if request.POST.get("remove"):
        answers.clear_answer(actor=request.actor, public_id=topic.public_id)
        return redirect(topic)
    post_id = _valid(PostForm(request.POST))["post"]
    accepted = answers.accept_answer(actor=request.actor, public_id=topic.public_id, post_id=post_id)
    return redirect(_path(accepted, accepted.answer))


@requires(TOPIC_MODERATE)
@require_POST
def pin(request: HubRequest, topic: Topic) -> HttpResponse:
    data = _valid(PinForm(request.POST))
    placing.pin_topic(
        actor=request.actor,
        public_id=topic.public_id,
        pinned_to=PinnedTo(data["pinned_to"]),
        until=timezone.now() + timedelta(days=data["days"]) if data["days"] else None,
    )
    return redirect(topic)


@requires(TOPIC_MODERATE)
@require_POST
def pace(request: HubRequest, topic: Topic) -> HttpResponse:
    """Slow the topic down, or let it lock by itself."""
    data = _valid(PaceForm(request.POST))
    pacing.pace_topic(actor=request.actor, public_id=topic.public_id, **data)
    return redirect(topic)


@requires(TOPIC_MODERATE)
@require_POST
def archive(request: HubRequest, topic: Topic) -> HttpResponse:
    is_on = _valid(SwitchForm(request.POST))["is_on"]
    placing.set_archived(actor=request.actor, public_id=topic.public_id, is_archived=is_on)
    return redirect(topic)


@requires(TOPIC_MODERATE)
@require_POST
def move(request: HubRequest, topic: Topic) -> HttpResponse:
    slug = _valid(MoveForm(request.POST))["category"]
    return redirect(placing.move_topic(actor=request.actor, public_id=topic.public_id, category=slug))


@requires(TOPIC_MODERATE)
@require_POST
def split(request: HubRequest, topic: Topic) -> HttpResponse:
    """Move the posts with these numbers to a new topic."""
    data = _valid(SplitForm(request.POST))
    rows = Post.objects.filter(thread=topic.thread, number__in=data["posts"])
    ids = list(rows.values_list("pk", flat=True))
    new = surgery.split_topic(
        actor=request.actor,
        public_id=topic.public_id,
        post_ids=ids,
        title=data["title"],
        category=data["category"],
    )
    return redirect(new)


@requires(TOPIC_MODERATE)
@require_POST
def merge(request: HubRequest, topic: Topic) -> HttpResponse:
    into = _valid(MergeForm(request.POST))["into"]
    return redirect(surgery.merge_topics(actor=request.actor, public_id=topic.public_id, into=into))


@requires(TOPIC_REPLY)
@require_POST
def vote(request: HubRequest, topic: Topic) -> HttpResponse:
    chosen = request.POST.getlist("option")[: polls.OPTIONS_LIMIT + 1]
    if not all(value.isascii() and value.isdigit() and len(value) < 4 for value in chosen):
        raise BadRequest(_("Choose among the options of the poll."))
    polls.vote(actor=request.actor, public_id=topic.public_id, positions=[int(value) for value in chosen])
    return redirect(topic)


@requires(TOPIC_EDIT)
@require_POST
def close_poll(request: HubRequest, topic: Topic) -> HttpResponse:
    polls.close_poll(actor=request.actor, public_id=topic.public_id)
    return redirect(topic)


@requires(FORUM_WRITER)
@require_POST
def bookmark(request: HubRequest) -> HttpResponse:
    """Mark a post, or take the mark away."""
    post_id, note = _valid(PostForm(request.POST))["post"], request.POST.get("note", "")[:200]
    if request.POST.get("remove"):
        removed = bookmarks.remove_bookmark(actor=request.actor, post_id=post_id)
        return redirect(_path(removed.topic, removed.post))
    marked = bookmarks.add_bookmark(actor=request.actor, post_id=post_id, note=note)
    return redirect(_path(marked.topic, marked.post))


def _path(topic: Topic, post: Post | None) -> str:
    """Return where a post is read on the page of its topic."""
    place = place_of(topic)
    return place.post_path(post.number) if post and post.number else place.path
