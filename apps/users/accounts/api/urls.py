"""Addresses of the REST API of people, organisations and credentials."""

from django.urls import path

from . import avatars, organisations, own, tokens

ORGANISATION = "api/v1/organisations/<namespace:name>"

urlpatterns = [
    path("api/v1/me", own.Own.as_view(), name="api_me"),
    path("api/v1/me/rename", own.OwnName.as_view(), name="api_me_rename"),
    path("api/v1/me/picture", avatars.OwnAvatar.as_view(), name="api_own_picture"),
    path("api/v1/me/sessions", own.OwnSessions.as_view(), name="api_sessions"),
    path("api/v1/me/emails", own.OwnEmails.as_view(), name="api_emails"),
    path("api/v1/me/keys", own.OwnKeys.as_view(), name="api_own_keys"),
    path("api/v1/me/tokens", tokens.Tokens.as_view(), name="api_tokens"),
    path("api/v1/me/tokens/<int:token_id>", tokens.Token.as_view(), name="api_token"),
    path("api/v1/me/programs", tokens.Applications.as_view(), name="api_programs"),
    path("api/v1/me/programs/<str:client_id>", tokens.Application.as_view(), name="api_program"),
    path("api/v1/me/organisations", organisations.OwnOrganisations.as_view(), name="api_my_organisations"),
    path(
        "api/v1/me/organisations/<namespace:name>",
        organisations.OwnOrganisationRow.as_view(),
        name="api_my_organisation",
    ),
    path("api/v1/me/invitations", organisations.OwnInvitations.as_view(), name="api_my_invitations"),
    path(
        "api/v1/me/invitations/<int:invitation_id>",
        organisations.OwnInvitation.as_view(),
        name="api_my_invitation",
    ),
    path(
        "api/v1/me/invitations/<int:invitation_id>/accept",
        organisations.Acceptance.as_view(),
        name="api_accept_invitation",
    ),
    path("api/v1/people/<namespace:name>", organisations.Person.as_view(), name="api_person"),
    path("api/v1/organisations", organisations.Organisations.as_view(), name="api_organisations"),
    path(ORGANISATION, organisations.Organisation.as_view(), name="api_organisation"),
    path(f"{ORGANISATION}/rename", organisations.OrganisationName.as_view(), name="api_organisation_rename"),
    path(f"{ORGANISATION}/picture", avatars.OrganizationAvatar.as_view(), name="api_picture"),
    path(f"{ORGANISATION}/members", organisations.Members.as_view(), name="api_members"),
    path(f"{ORGANISATION}/members/<str:member>", organisations.Member.as_view(), name="api_member"),
    path(f"{ORGANISATION}/invitations", organisations.Invitations.as_view(), name="api_invitations"),
    path(
        f"{ORGANISATION}/invitations/<int:invitation_id>",
        organisations.OrganisationInvitation.as_view(),
        name="api_organisation_invitation",
    ),
]
