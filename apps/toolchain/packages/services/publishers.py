"""Who may publish at all: what the site requires of publishers."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.conf import settings

from apps.core.actor import Actor, ActorKind
from apps.core.errors import Unauthenticated

from ..errors import SecondFactorRequired

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def check_publisher(actor: Actor) -> None:
    """Refuse who may not publish anything.

    raises  Unauthenticated, SecondFactorRequired
    """
    if not actor.is_signed_in or actor.kind is ActorKind.JOB:
        raise Unauthenticated
    if settings.PACKAGES_NEED_SECOND_FACTOR and not has_second_factor(actor):
        raise SecondFactorRequired


def has_second_factor(actor: Actor) -> bool:
    return bool(Authenticator.objects.filter(user_id=actor.user_id, type__in=FACTORS).exists())
