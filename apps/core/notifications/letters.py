"""Notifications as mail: plain and HTML, threaded, with links that unsubscribe in one step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from css_inline import CSSInliner
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from apps.core.declaration import Recipient

from .links import absolute, reply_address, unsubscribe_url
from .models import Event, Notification
from .providers import kinds

DIGEST = "digest"
DIGEST_LIMIT = 50
BODY_LIMIT_CHARACTERS = 100_000
_OWN_ADDRESS = re.compile(r"""(<[^<>]*\s(?:href|src)=")/(?!/)""")


@dataclass(frozen=True, slots=True)
class Content:
    """What the mails about an event say to everybody."""

    text: str
    html: str
    url: str


def content_of(event: Event) -> Content:
    """Return what mails say of an event now."""
    kind = kinds()[event.kind]
    body = kind.body(event)
    return Content(
        text=body.text[:BODY_LIMIT_CHARACTERS],
        html=with_absolute_links(body.html) if len(body.html) <= BODY_LIMIT_CHARACTERS else "",
        url=absolute(kind.path(event)),
    )


def letter(notification: Notification, recipient: Recipient, content: Content) -> EmailMultiAlternatives:
    """Return the mail about one event."""
    event = notification.event
    target = event.targets[0] if event.targets else ""
    kind = kinds()[event.kind]
    reply_to = reply_address(notification.public_id) if kind.takes_replies else ""
    mute_url = unsubscribe_url(notification.user_id, event.kind, target) if target else ""
    with override(recipient.language):
        title = kind.headline(event)
        context = {
            "title": title,
            "author": name_of(event),
            "reason": notification.get_reason_display(),
            "text": content.text,
            "html": content.html,
            "url": content.url,
            "mute_url": mute_url,
            "takes_replies": bool(reply_to),
        }
        answers = event.facts.get("number", 1) != 1
        subject = f"{'Re: ' if answers else ''}[{settings.SITE_NAME}] {title}"
        mail = _mail(notification.user_id, recipient, event.kind, subject, "event", context)
        mail.from_email = sender(name_of(event))
    mail.extra_headers |= {"Message-ID": message_id(f"notification-{notification.public_id.hex}")}
    mail.reply_to = [reply_to] if reply_to else []
    if event.mail_thread:
        root = message_id(event.mail_thread.replace(":", "-"))
        mail.extra_headers |= {"In-Reply-To": root, "References": root}
    return mail


def digest(notifications: Sequence[Notification], recipient: Recipient) -> EmailMultiAlternatives:
    """Return one mail about several events of one person, the oldest first."""
    oldest = notifications[0]
    count = len(notifications)
    with override(recipient.language):
        items = [_item(row) for row in notifications[:DIGEST_LIMIT]]
        context = {"items": items, "more": max(0, count - DIGEST_LIMIT), "url": absolute("/notifications")}
        news = ngettext("%(count)s notification", "%(count)s notifications", count) % {"count": count}
        subject = f"[{settings.SITE_NAME}] {news}"
        mail = _mail(oldest.user_id, recipient, DIGEST, subject, "digest", context)
    mail.extra_headers |= {"Message-ID": message_id(f"digest-{oldest.public_id.hex}")}
    return mail


def _mail(
    user_id: int, recipient: Recipient, kind: str, subject: str, template: str, context: dict[str, Any]
) -> EmailMultiAlternatives:
    unsubscribe = unsubscribe_url(user_id, kind)
    facts = {
        **context,
        "site_name": settings.SITE_NAME,
        "unsubscribe_url": unsubscribe,
        "settings_url": absolute("/settings/notifications"),
    }
    text = render_to_string(f"notifications/mail/{template}.txt", facts)
    html = _inliner().inline(render_to_string(f"notifications/mail/{template}.html", facts))
    mail = EmailMultiAlternatives(" ".join(subject.split()), text, sender(), [recipient.email])
    mail.attach_alternative(html, "text/html")
    mail.extra_headers = {
        "List-ID": f"<{kind}.{host()}>",
        "List-Unsubscribe": f"<{unsubscribe}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    return mail


@cache
def _inliner() -> CSSInliner:
    """Return what puts the style sheet into the elements, as mail programs need it; it fetches nothing."""
    styles = render_to_string("notifications/mail/mail.css")
    return CSSInliner(load_remote_stylesheets=False, extra_css=styles)


def _item(row: Notification) -> dict[str, Any]:
    event, kind = row.event, kinds()[row.kind]
    url = absolute(kind.path(event))
    return {"title": kind.headline(event), "event": event, "author": name_of(event), "url": url}


def name_of(event: Event) -> str:
    """Return who did it; the site, if nobody did or their account is gone."""
    return event.actor.get_username() if event.actor else settings.SITE_NAME


def sender(name: str = "") -> str:
    shown, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    site = shown or settings.SITE_NAME
    author = _("%(name)s on %(site)s") % {"name": name, "site": site} if name not in ("", site) else site
    return formataddr((author, address))


def host() -> str:
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"


def message_id(name: str) -> str:
    """Return the same ID for the same mail, so that one that is sent twice is shown once."""
    return f"<{name}@{host()}>"


def with_absolute_links(html: str) -> str:
    """Return sanitized HTML whose links and pictures of this site work elsewhere."""
    found, count = _OWN_ADDRESS.subn(rf"\1{settings.PUBLIC_URL}/", html)
    return found if count == 0 else with_absolute_links(found)
