"""URLs of the REST API of people, organizations and credentials."""

from django.urls import path

from . import avatars, organizations, own, tokens

ORGANIZATION = "api/v1/organisations/<namespace:name>"

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
    path("api/v1/me/organisations", organizations.OwnOrganizations.as_view(), name="api_my_organisations"),
    path(
        "api/v1/me/organisations/<namespace:name>",
        organizations.OwnMembership.as_view(),
        name="api_my_organisation",
    ),
    path("api/v1/me/invitations", organizations.OwnInvitations.as_view(), name="api_my_invitations"),
    path(
        "api/v1/me/invitations/<int:invitation_id>",
        organizations.OwnInvitation.as_view(),
        name="api_my_invitation",
    ),
    path(
        "api/v1/me/invitations/<int:invitation_id>/accept",
        organizations.Acceptance.as_view(),
        name="api_accept_invitation",
    ),
    path("api/v1/people/<namespace:name>", organizations.Person.as_view(), name="api_person"),
    path("api/v1/organisations", organizations.Organizations.as_view(), name="api_organisations"),
    path(ORGANIZATION, organizations.Organization.as_view(), name="api_organisation"),
    path(f"{ORGANIZATION}/rename", organizations.OrganizationName.as_view(), name="api_organisation_rename"),
    path(f"{ORGANIZATION}/picture", avatars.OrganizationAvatar.as_view(), name="api_picture"),
    path(f"{ORGANIZATION}/members", organizations.Members.as_view(), name="api_members"),
    path(f"{ORGANIZATION}/members/<str:member>", organizations.Member.as_view(), name="api_member"),
    path(f"{ORGANIZATION}/invitations", organizations.Invitations.as_view(), name="api_invitations"),
    path(
        f"{ORGANIZATION}/invitations/<int:invitation_id>",
        organizations.OrganizationInvitation.as_view(),
        name="api_organisation_invitation",
    ),
]
