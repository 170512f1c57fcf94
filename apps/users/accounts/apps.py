"""Accounts: people, organizations, tokens, sign-in; sets the actor of each request."""

from typing import Any

from django.utils.translation import gettext_noop as _

from apps.core.declaration import ApiTag, BanyanApp, Declaration, SitemapSection, UrlOrder


class AccountsConfig(BanyanApp):
    name = "apps.users.accounts"
    label = "accounts"

    def declaration(self) -> Declaration:
        from .actors import person_actor
        from .folders import AVATARS
        from .navigation import NAVIGATION
        from .notifications import InvitationNotifications
        from .policies import POLICIES
        from .references import PROVIDER
        from .search import NamespaceSearchProvider
        from .selectors import pages_of_names, people_at, people_of_names, recipients_of
        from .sitemap import ProfilePages

        return Declaration(
            reference_providers=[PROVIDER],
            url_order=UrlOrder.NAMES,
            policies=POLICIES,
            api_tags=[
                ApiTag("people", _("Users")),
                ApiTag("organizations", _("Organizations")),
                ApiTag("me", _("Your account")),
            ],
            cross_origin_paths=[is_oauth_endpoint],
            reserved_words=["accounts", "join"],
            navigation=NAVIGATION,
            sitemaps=[SitemapSection("profiles", ProfilePages())],
            search_providers=[NamespaceSearchProvider()],
            object_folders=[AVATARS],
            name_directories=[pages_of_names],
            people_directories=[people_of_names],
            person_actors=[person_actor],
            notification_kinds=[InvitationNotifications()],
            mail_directories=[recipients_of],
            address_directories=[people_at],
        )

    def ready(self) -> None:
        from allauth.account.signals import authentication_step_completed, email_confirmed
        from django.contrib.auth.signals import user_logged_in
        from django.core import checks

        from .checks import check_reserved_names
        from .confirmation import remember_confirmation

        checks.register(check_reserved_names, checks.Tags.database)
        for signal in (user_logged_in, authentication_step_completed):
            signal.connect(remember_confirmation, dispatch_uid="accounts.remember_confirmation")
        email_confirmed.connect(release_confirmed, dispatch_uid="accounts.release_confirmed")


def release_confirmed(sender: object, email_address: Any, **facts: object) -> None:
    """Remove a confirmed address from all other accounts that claimed it."""
    from .services.recovery import release_address

    release_address(email_address)


def is_oauth_endpoint(path: str) -> bool:
    """Return whether OAuth applications call a path from scripts; consent pages are excluded."""
    return path in (
        "/.well-known/openid-configuration",
        "/oauth/jwks.json",
        "/oauth/token",
        "/oauth/userinfo",
        "/oauth/revoke",
    )
