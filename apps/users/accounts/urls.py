"""URLs of sign-in, settings, organizations, OAuth and profiles; sets the policies of django-allauth views."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account
from allauth.idp.oidc import views as oidc
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as keys
from django.urls import include, path, re_path, register_converter

from apps.core.web.policies import PUBLIC, requires

from .converters import NamespaceName
from .policies import PERSON
from .views import avatars, oauth, organizations, profiles, settings, tokens

register_converter(NamespaceName, "namespace")
from .api.urls import urlpatterns as api_urls  # noqa: E402  (needs the converter)


def public_view(view: Any) -> Any:
    return requires(PUBLIC)(view)


def person_view(view: Any) -> Any:
    return requires(PERSON)(view)


sign_in = [
    path("login", public_view(account.login), name="account_login"),
    path("logout", public_view(account.logout), name="account_logout"),
    path("signup", public_view(account.signup), name="account_signup"),
    path("account/inactive", public_view(account.account_inactive), name="account_inactive"),
    path("account/confirm-access", person_view(account.reauthenticate), name="account_reauthenticate"),
    path(
        "account/confirm-email",
        public_view(account.email_verification_sent),
        name="account_email_verification_sent",
    ),
    path("account/confirm-email/<str:key>", public_view(account.confirm_email), name="account_confirm_email"),
    path("password/reset", public_view(account.password_reset), name="account_reset_password"),
    path("password/reset/sent", public_view(account.password_reset_done), name="account_reset_password_done"),
    path(
        "password/reset/done",
        public_view(account.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)$",
        public_view(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path("login/second-factor", public_view(mfa.authenticate), name="mfa_authenticate"),
    path("login/passkey", public_view(keys.login_webauthn), name="mfa_login_webauthn"),
]

security = [
    path("settings/emails", person_view(account.email), name="account_email"),
    path("settings/password", person_view(account.password_change), name="account_change_password"),
    path("settings/password/first", person_view(account.password_set), name="account_set_password"),
    path("sessions", settings.sessions, name="usersessions_list"),
    path("mfa", person_view(mfa.index), name="mfa_index"),
    path("mfa/confirm-access", person_view(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("mfa/totp/activate", person_view(totp.activate_totp), name="mfa_activate_totp"),
    path("mfa/totp/deactivate", person_view(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("mfa/recovery-codes", person_view(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "mfa/recovery-codes/generate",
        person_view(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path(
        "mfa/recovery-codes/download",
        person_view(codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("mfa/keys", person_view(keys.list_webauthn), name="mfa_list_webauthn"),
    path("mfa/keys/new", person_view(keys.add_webauthn), name="mfa_add_webauthn"),
    path(
        "mfa/keys/confirm-access",
        person_view(keys.reauthenticate_webauthn),
        name="mfa_reauthenticate_webauthn",
    ),
    path("mfa/keys/<int:pk>/remove", person_view(keys.remove_webauthn), name="mfa_remove_webauthn"),
    path("mfa/keys/<int:pk>/edit", person_view(keys.edit_webauthn), name="mfa_edit_webauthn"),
]

own_settings = [
    path("settings", settings.settings, name="settings"),
    path("settings/profile", settings.profile, name="settings_profile"),
    path("settings/profile/picture", avatars.own_avatar, name="own_avatar"),
    path("settings/preferences", settings.preferences, name="settings_preferences"),
    path("settings/account", settings.account, name="settings_account"),
    path("settings/account/rename", settings.rename, name="settings_rename"),
    path("settings/account/remove", settings.remove, name="settings_remove"),
    path("settings/tokens", tokens.tokens, name="settings_tokens"),
    path("settings/tokens/new", tokens.new_token, name="settings_new_token"),
    path("settings/tokens/<uuid:token_id>/revoke", tokens.revoke, name="settings_revoke_token"),
    path("settings/applications/<str:client_id>/revoke", tokens.disconnect, name="settings_disconnect"),
    path("settings/organizations", organizations.own_organizations, name="settings_organizations"),
    path("settings/organisations", organizations.old_own_organizations),
    path(
        "settings/invitations/<uuid:invitation_id>/accept",
        organizations.accept_invitation,
        name="accept_invitation",
    ),
    path(
        "settings/invitations/<uuid:invitation_id>/decline",
        organizations.decline_invitation,
        name="decline_invitation",
    ),
    path("language", settings.language, name="set_language"),
]

organization = [
    path("organizations/new", organizations.new_organization, name="new_organization"),
    path(
        "organizations/<namespace:name>/settings",
        organizations.organization_settings,
        name="organization_settings",
    ),
    path("organizations/<namespace:name>/picture", avatars.organization_avatar, name="organization_avatar"),
    path(
        "organizations/<namespace:name>/rename", organizations.rename_organization, name="rename_organization"
    ),
    path(
        "organizations/<namespace:name>/remove", organizations.remove_organization, name="remove_organization"
    ),
    path("organizations/<namespace:name>/leave", organizations.leave, name="leave_organization"),
    path(
        "organizations/<namespace:name>/members",
        organizations.organization_members,
        name="organization_members",
    ),
    path(
        "organizations/<namespace:name>/members/<str:member>",
        organizations.change_member,
        name="change_member",
    ),
    path("organizations/<namespace:name>/people", profiles.members, name="people_of"),
    path(
        "organizations/<namespace:name>/invitations/<uuid:invitation_id>/withdraw",
        organizations.withdraw_invitation,
        name="withdraw_invitation",
    ),
]

# django-allauth reverses these as idp:oidc:…; hub clients hard-code /oauth/device and /oauth/token.
applications = [
    path(".well-known/openid-configuration", public_view(oidc.configuration), name="configuration"),
    path("oauth/jwks.json", public_view(oidc.jwks), name="jwks"),
    path("oauth/authorize", oauth.authorization, name="authorization"),
    path("oauth/device", oauth.device_code, name="device_code"),
    path("oauth/token", oauth.token, name="token"),
    path("oauth/revoke", oauth.revoke, name="revoke"),
    path("oauth/userinfo", public_view(oidc.user_info), name="userinfo"),
    path("oauth/logout", oauth.logout, name="logout"),
    path("device", oauth.device, name="device_authorization"),
]

urlpatterns = [
    *api_urls,
    *sign_in,
    *security,
    *own_settings,
    *organization,
    path("", include(([path("", include((applications, "oidc")))], "idp"))),
    re_path(r"^avatars/(?P<digest>[0-9a-f]{32})\.webp$", avatars.avatar, name="avatar"),
    path("avatars/<namespace:label>.svg", avatars.drawn_avatar, name="drawn_avatar"),
    path("<namespace:name>", profiles.profile, name="profile"),
]
