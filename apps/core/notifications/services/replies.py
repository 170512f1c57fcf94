"""Replies by mail: whose they are, whether a person wrote them, and what they say.

A mail that is not taken is logged and dropped: an answer to it could start a loop.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from email.message import Message
from email.utils import getaddresses
from hashlib import sha256
from html import unescape

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.html import strip_tags
from mailparser_reply.parser import EmailReplyParser

from apps.core.actor import Actor
from apps.core.declaration import declared
from apps.core.errors import Refusal

from ..links import notification_of
from ..models import Notification, ReceivedReply
from ..providers import kinds

log = structlog.get_logger(__name__)
PARTS_LIMIT, ADDRESSES_LIMIT, TEXT_LIMIT_CHARACTERS = 50, 20, 60_000
REPLIES_PER_HOUR = 30
LANGUAGES = ["en", "zh"]
MACHINES = ("mailer-daemon", "postmaster", "noreply", "no-reply", "bounce")


def receive_reply(message: Message, *, recipient: str = "", is_spam: bool = False) -> bool:
    """Publish a mail as an answer to the notification that its address belongs to.

    recipient  of the envelope, if the provider says it
    is_spam    says the provider
    returns    whether it was published; providers may deliver a mail twice
    """
    reason = "spam" if is_spam else _not_wanted(message)
    notification = None if reason else _notification(message, recipient)
    if not reason and notification is None:
        reason = "unknown address"
    if notification is not None:
        reason = _refusal_of(message, notification)
    if reason or notification is None:
        log.warning("mail.reply_dropped", reason=reason)
        return False
    return _publish(message, notification)


def _not_wanted(message: Message) -> str:
    """Return why a mail was not written by a person to us; empty if it was."""
    submitted = message.get("Auto-Submitted", "no").partition(";")[0].strip().lower()
    precedence = message.get("Precedence", "").strip().lower()
    is_list = any(name in message for name in ("List-ID", "List-Unsubscribe", "X-Auto-Response-Suppress"))
    sender = sender_of(message)
    if submitted != "no" or precedence in ("bulk", "junk", "list", "auto_reply") or is_list:
        return "automatic"
    if not sender or sender.partition("@")[0] in MACHINES or sender in settings.DEFAULT_FROM_EMAIL.lower():
        return "machine"
    if sum(1 for _part in zip(message.walk(), range(PARTS_LIMIT + 1), strict=False)) > PARTS_LIMIT:
        return "too many parts"
    return ""


def _notification(message: Message, recipient: str) -> Notification | None:
    for address in _addresses(message, recipient):
        if public_id := notification_of(address):
            rows = Notification.objects.select_related("event")
            return rows.filter(public_id=public_id, event__withdrawn_at=None).first()
    return None


def _refusal_of(message: Message, notification: Notification) -> str:
    """Return why a mail is not taken from its sender; empty if it is."""
    holders = {pk for reads in declared().address_directories for pk in reads(sender_of(message))}
    checks = " ".join(message.get_all("Authentication-Results", [])).lower()
    if notification.user_id not in holders or "dmarc=fail" in checks:
        return "forged"
    hour_ago = timezone.now() - timedelta(hours=1)
    recent = ReceivedReply.objects.filter(user_id=notification.user_id, created_at__gt=hour_ago)
    return "too many" if recent.count() >= REPLIES_PER_HOUR else ""


def _publish(message: Message, notification: Notification) -> bool:
    text, kind = reply_text(message), kinds().get(notification.kind)
    if not text or kind is None or not kind.takes_replies:
        return False
    digest = sha256(message.get("Message-ID", text).encode(errors="replace")).hexdigest()
    row = ReceivedReply(digest=digest, user_id=notification.user_id)
    try:
        actor = _actor(notification.user_id)
        if actor is None:
            return False
        with transaction.atomic():
            _rows, is_new = ReceivedReply.objects.get_or_create(
                digest=row.digest, defaults={"user_id": row.user_id}
            )
            if is_new:
                kind.reply(actor, notification.event, text)
            return is_new
    except Refusal as refusal:
        log.warning("mail.reply_dropped", reason=refusal.code)
        return False


def reply_text(message: Message) -> str:
    """Return what a mail says, without quotes and signature."""
    text = _content(message, "text/plain") or unescape(strip_tags(_content(message, "text/html")))
    text = text.replace("\0", "")[:TEXT_LIMIT_CHARACTERS]
    reply = (EmailReplyParser(languages=LANGUAGES).parse_reply(text=text) or "").strip()
    is_quote = all(line.lstrip().startswith(">") for line in reply.splitlines() if line.strip())
    return "" if is_quote else reply


def sender_of(message: Message) -> str:
    """Return the address of the one author; empty if there is not exactly one."""
    found = getaddresses([str(value) for value in message.get_all("From", [])])
    return found[0][1].lower() if len(found) == 1 else ""


def _addresses(message: Message, recipient: str) -> Iterable[str]:
    named = [recipient]
    for header in ("To", "Cc", "Delivered-To", "X-Original-To"):
        named += [str(value) for value in message.get_all(header, [])]
    return [address for _name, address in getaddresses(named)][:ADDRESSES_LIMIT]


def _content(message: Message, content_type: str) -> str:
    for part in message.walk():
        if part.get_content_type() == content_type and part.get_content_disposition() != "attachment":
            raw = part.get_payload(decode=True)
            data = raw if isinstance(raw, bytes) else b""
            try:
                return data.decode(part.get_content_charset() or "utf-8", errors="replace")
            except LookupError:
                return data.decode("utf-8", errors="replace")
    return ""


def _actor(user_id: int) -> Actor | None:
    """Return the person who writes, without the rights of the staff.

    raises  what an app that checks accounts refuses, such as AccountSuspended
    """
    for check in declared().account_checks:
        check(user_id)
    for make in declared().person_actors:
        if actor := make(user_id):
            return actor
    return None
