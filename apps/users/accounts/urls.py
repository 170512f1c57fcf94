"""Addresses of accounts: signing in, settings, organisations, programs, profiles. The library's views get their doors here."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.idp.oidc import views as oidc
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from django.urls import include, path, re_path, register_converter

from apps.core.policies import PUBLIC, SIGNED_IN, requires

from .converters import NamespaceName
from .views import oauth, organisations, pictures, profiles, settings, tokens

register_converter(NamespaceName, "namespace")
from .api.urls import urlpatterns as api_urls  # noqa: E402  (its addresses are read with the converter)


def anybody(view: Any) -> Any:
    return requires(PUBLIC)(view)


def people(view: Any) -> Any:
    return requires(SIGNED_IN)(view)


sign_in = [
    path("login", anybody(account.login), name="account_login"),
    path("logout", anybody(account.logout), name="account_logout"),
    path("signup", anybody(account.signup), name="account_signup"),
    path("account/inactive", anybody(account.account_inactive), name="account_inactive"),
    path("account/confirm-access", people(account.reauthenticate), name="account_reauthenticate"),
    path(
        "account/confirm-email",
        anybody(account.email_verification_sent),
        name="account_email_verification_sent",
    ),
    path("account/confirm-email/<str:key>", anybody(account.confirm_email), name="account_confirm_email"),
    path("password/reset", anybody(account.password_reset), name="account_reset_password"),
    path("password/reset/sent", anybody(account.password_reset_done), name="account_reset_password_done"),
    path(
        "password/reset/done",
        anybody(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)$",
        anybody(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("login/second-factor", anybody(mfa.authenticate), name="mfa_authenticate"),
    path("login/passkey", anybody(keys.login_webauthn), name="mfa_login_webauthn"),
]

security = [
    path("settings/emails", people(account.email), name="account_email"),
    path("settings/password", people(account.password_change), name="account_change_password"),
    path("settings/password/first", people(account.password_set), name="account_set_password"),
    path("sessions", settings.sessions, name="usersessions_list"),
    path("mfa", people(mfa.index), name="mfa_index"),
    path("mfa/confirm-access", people(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("mfa/totp/activate", people(totp.activate_totp), name="mfa_activate_totp"),
    path("mfa/totp/deactivate", people(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("mfa/recovery-codes", people(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "mfa/recovery-codes/generate",
        people(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "mfa/recovery-codes/download",
        people(codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("mfa/keys", people(keys.list_webauthn), name="mfa_list_webauthn"),
    path("mfa/keys/new", people(keys.add_webauthn), name="mfa_add_webauthn"),
    path("mfa/keys/confirm-access", people(keys.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("mfa/keys/<int:pk>/remove", people(keys.remove_webauthn), name="mfa_remove_webauthn"),
    path("mfa/keys/<int:pk>/edit", people(keys.edit_webauthn), name="mfa_edit_webauthn"),
]

own_settings = [
    path("settings", settings.settings, name="settings"),
    path("settings/profile", settings.profile, name="settings_profile"),
    path("settings/profile/picture", pictures.own_picture, name="own_picture"),
    path("settings/preferences", settings.preferences, name="settings_preferences"),
    path("settings/account", settings.account, name="settings_account"),
    path("settings/account/rename", settings.rename, name="settings_rename"),
    path("settings/account/remove", settings.remove, name="settings_remove"),
    path("settings/tokens", tokens.tokens, name="settings_tokens"),
    path("settings/tokens/new", tokens.new_token, name="settings_new_token"),
    path("settings/tokens/<int:token_id>/revoke", tokens.revoke, name="settings_revoke_token"),
    path("settings/programs/<str:client_id>/revoke", tokens.disconnect, name="settings_disconnect"),
    path("settings/organisations", organisations.own_organisations, name="settings_organisations"),
    path(
        "settings/invitations/<int:invitation_id>/accept",
        organisations.accept_invitation,
        name="accept_invitation",
    ),
    path(
        "settings/invitations/<int:invitation_id>/decline",
        organisations.decline_invitation,
        name="decline_invitation",
    ),
    path("language", settings.language, name="set_language"),
]

organisation = [
    path("organizations/new", organisations.new_organisation, name="new_organisation"),
    path(
        "organizations/<namespace:name>/settings",
        organisations.organisation_settings,
        name="organisation_settings",
    ),
    path(
        "organizations/<namespace:name>/picture", pictures.organisation_picture, name="organisation_picture"
    ),
    path(
        "organizations/<namespace:name>/rename", organisations.rename_organisation, name="rename_organisation"
    ),
    path(
        "organizations/<namespace:name>/remove", organisations.remove_organisation, name="remove_organisation"
    ),
    path("organizations/<namespace:name>/leave", organisations.leave, name="leave_organisation"),
    path(
        "organizations/<namespace:name>/members",
        organisations.organisation_members,
        name="organisation_members",
    ),
    path(
        "organizations/<namespace:name>/members/<str:member>",
        organisations.change_member,
        name="change_member",
    ),
    path("organizations/<namespace:name>/people", profiles.members, name="people_of"),
    path(
        "organizations/<namespace:name>/invitations/<int:invitation_id>/withdraw",
        organisations.withdraw_invitation,
        name="withdraw_invitation",
    ),
]

# The library looks these up by the names idp:oidc:…; hub clients know /oauth/device and /oauth/token by heart.
programs = [
    path(".well-known/openid-configuration", anybody(oidc.configuration), name="configuration"),
    path("oauth/jwks.json", anybody(oidc.jwks), name="jwks"),
    path("oauth/authorize", oauth.authorization, name="authorization"),
    path("oauth/device", oauth.device_code, name="device_code"),
    path("oauth/token", oauth.token, name="token"),
    path("oauth/revoke", oauth.revoke, name="revoke"),
    path("oauth/userinfo", anybody(oidc.user_info), name="userinfo"),
    path("oauth/logout", oauth.logout, name="logout"),
    path("device", oauth.device, name="device_authorization"),
]

urlpatterns = [
    *api_urls,
    *sign_in,
    *security,
    *own_settings,
    *organisation,
    path("", include(([path("", include((programs, "oidc")))], "idp"))),
    re_path(r"^avatars/(?P<digest>[0-9a-f]{32})\.webp$", pictures.picture, name="picture"),
    path("<namespace:name>", profiles.profile, name="profile"),
]
