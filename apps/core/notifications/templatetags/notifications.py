"""Tags of notifications: the reader's level for what a page shows."""

from __future__ import annotations

from django import template
from django.template.context import RequestContext

from ..presenters import WatchView
from ..presenters import watch_view as view_of

register = template.Library()


@register.simple_tag(takes_context=True)
def watch_view(context: RequestContext, target: str, also: str = "") -> WatchView:
    """Return the reader's level for a target, which less specific ones decide until they choose."""
    return view_of(context["request"].actor, target, also.split())
