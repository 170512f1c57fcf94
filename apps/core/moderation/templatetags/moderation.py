"""Tags of moderation: what a report can say, and hidden fields that tell people from machines."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..models import ReportReason
from ..submissions import HONEYPOT, OPENED, opened_at, opened_now

register = template.Library()


@register.simple_tag
def report_reasons() -> list[tuple[str, Any]]:
    return list(ReportReason.choices)


@register.simple_tag(takes_context=True)
def submission_fields(context: Context) -> SafeString:
    """Return the fields that `facts_of` reads: one that people do not see, and when the form was opened."""
    request = context.get("request")
    return format_html(
        '<div class="visually-hidden" aria-hidden="true">'
        '<input name="{}" tabindex="-1" autocomplete="off"></div>'
        '<input type="hidden" name="{}" value="{}">',
        HONEYPOT,
        OPENED,
        opened_at(request) if request else opened_now(),
    )
