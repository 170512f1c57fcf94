"""Browser sessions."""

from __future__ import annotations

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction

from ..models import User


@transaction.atomic
def end_sessions(user: User, *, keep: str = "") -> int:
    """End a user's sessions and return how many.

    keep  key of a session to keep
    """
    rows = UserSession.objects.filter(user=user).exclude(session_key=keep)
    count = Session.objects.filter(session_key__in=list(rows.values_list("session_key", flat=True))).delete()[
        0
    ]
    rows.delete()
    return count
