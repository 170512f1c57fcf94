"""Policies of inboxes, subscriptions and mail choices, which belong to the signed-in person."""

from apps.core.actor import Need
from apps.core.web.policies import Policy

from .access import check_keeper, check_reader

OWN_NOTIFICATIONS = Policy(
    "own-notifications",
    "signed in, or a token for everything",
    check=check_reader,
    need=Need.READ,
)
KEEP_NOTIFICATIONS = Policy(
    "keep-notifications",
    "signed in, or a token that may write everything",
    check=check_keeper,
    need=Need.WRITE,
)
POLICIES = [OWN_NOTIFICATIONS, KEEP_NOTIFICATIONS]
