"""URLs of the REST API of people, organizations and credentials."""

from django.urls import path

from . import avatars, memberships, organizations, own, tokens

ORGANIZATION = "api/v1/organizations/<namespace:name>"

urlpatterns = [
    path("api/v1/me", own.Own.as_view(), name="api_me"),
    path("api/v1/me/rename", own.OwnName.as_view(), name="api_me_rename"),
    path("api/v1/me/avatar", avatars.OwnAvatar.as_view(), name="api_own_avatar"),
    path("api/v1/me/sessions", own.OwnSessions.as_view(), name="api_sessions"),
    path("api/v1/me/emails", own.OwnEmails.as_view(), name="api_emails"),
    path("api/v1/me/passkeys", own.OwnPasskeys.as_view(), name="api_passkeys"),
    path("api/v1/me/token", tokens.OwnToken.as_view(), name="api_current_token"),
    path("api/v1/me/tokens", tokens.Tokens.as_view(), name="api_tokens"),
    path("api/v1/me/tokens/<uuid:token_id>", tokens.Token.as_view(), name="api_token"),
    path("api/v1/me/applications", tokens.Applications.as_view(), name="api_applications"),
    path("api/v1/me/applications/<str:client_id>", tokens.Application.as_view(), name="api_application"),
    path("api/v1/me/organizations", memberships.OwnOrganizations.as_view(), name="api_my_organizations"),
    path(
        "api/v1/me/organizations/<namespace:name>",
        memberships.OwnMembership.as_view(),
        name="api_my_organization",
    ),
    path("api/v1/me/invitations", memberships.OwnInvitations.as_view(), name="api_my_invitations"),
    path(
        "api/v1/me/invitations/<uuid:invitation_id>",
        memberships.OwnInvitation.as_view(),
        name="api_my_invitation",
    ),
    path(
        "api/v1/me/invitations/<uuid:invitation_id>/accept",
        memberships.Acceptance.as_view(),
        name="api_accept_invitation",
    ),
    path("api/v1/people", organizations.People.as_view(), name="api_people"),
    path("api/v1/people/<namespace:name>", organizations.Person.as_view(), name="api_person"),
    path("api/v1/organizations", organizations.Organizations.as_view(), name="api_organizations"),
    path(ORGANIZATION, organizations.Organization.as_view(), name="api_organization"),
    path(f"{ORGANIZATION}/rename", organizations.OrganizationName.as_view(), name="api_organization_rename"),
    path(f"{ORGANIZATION}/avatar", avatars.OrganizationAvatar.as_view(), name="api_avatar"),
    path(f"{ORGANIZATION}/members", organizations.Members.as_view(), name="api_members"),
    path(f"{ORGANIZATION}/members/<str:member>", organizations.Member.as_view(), name="api_member"),
    path(f"{ORGANIZATION}/invitations", memberships.Invitations.as_view(), name="api_invitations"),
    path(
        f"{ORGANIZATION}/invitations/<uuid:invitation_id>",
        memberships.OrganizationInvitation.as_view(),
        name="api_organization_invitation",
    ),
]
