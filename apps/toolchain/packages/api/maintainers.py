"""REST API of maintainers and their invitations."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.policies import requires
from apps.users.accounts.policies import PERSON

from ..errors import InvitationNotFound
from ..models import Project
from ..policies import PROJECT_ADMIN, PROJECT_READ
from ..selectors.projects import invitations_of, invitations_to, maintainers_of
from ..services.maintainers import (
    answer_invitation,
    invite_maintainer,
    remove_maintainer,
    withdraw_invitation,
)
from .packages import PACKAGE
from .shapes import (
    Package,
    PackageInvitation,
    PackageInvitationCreate,
    PackageInvitationPage,
    PackageMaintainer,
    PackageMaintainerPage,
)

PERSON_NAME = in_path("person", "Username.")
INVITATION = in_path("project_invitation_id", "Id of the invitation.")


@requires(PROJECT_READ)
class Maintainers(ApiView):
    @operation(
        "list_package_maintainers", "packages", PackageMaintainerPage, 404, params=[PACKAGE, CURSOR, LIMIT]
    )
    def get(self, request: Request, project: Project) -> Response:
        """List the maintainers of a project besides the people of its owner."""
        return list_response(request, maintainers_of(project), PackageMaintainer, order=("id",))


@requires(PROJECT_ADMIN)
class OneMaintainer(ApiView):
    @operation("remove_package_maintainer", "packages", None, 404, status=204, params=[PACKAGE, PERSON_NAME])
    def delete(self, request: Request, project: Project, person: str) -> Response:
        """Remove a maintainer."""
        remove_maintainer(actor=actor_of(request), name=project.key, person=person)
        return no_content()


@requires(PROJECT_ADMIN)
class Invitations(ApiView):
    @operation(
        "list_package_invitations", "packages", PackageInvitationPage, 404, params=[PACKAGE, CURSOR, LIMIT]
    )
    def get(self, request: Request, project: Project) -> Response:
        """List the pending invitations of a project."""
        return list_response(request, invitations_of(project), PackageInvitation, order=("id",))

    @operation(
        "create_package_invitation",
        "packages",
        PackageInvitation,
        404,
        409,
        status=201,
        body=PackageInvitationCreate,
        params=[PACKAGE],
    )
    def post(self, request: Request, project: Project) -> Response:
        """Invite a person to publish a project."""
        person = validated(request, PackageInvitationCreate)["person"]
        made = invite_maintainer(actor=actor_of(request), name=project.key, person=person)
        path = f"/api/v1/packages/{project.key}/invitations/{made.public_id}"
        return created(PackageInvitation(made).data, path)


@requires(PROJECT_ADMIN)
class OneInvitation(ApiView):
    @operation("get_package_invitation", "packages", PackageInvitation, 404, params=[PACKAGE, INVITATION])
    def get(self, request: Request, project: Project, project_invitation_id: UUID) -> Response:
        """Get a pending invitation."""
        found = invitations_of(project).filter(public_id=project_invitation_id).first()
        if found is None:
            raise InvitationNotFound
        return Response(PackageInvitation(found).data)

    @operation("withdraw_package_invitation", "packages", None, 404, status=204, params=[PACKAGE, INVITATION])
    def delete(self, request: Request, project: Project, project_invitation_id: UUID) -> Response:
        """Withdraw an invitation."""
        withdraw_invitation(actor=actor_of(request), name=project.key, invitation_id=project_invitation_id)
        return no_content()


@requires(PERSON)
class OwnInvitations(ApiView):
    @operation("list_my_package_invitations", "packages", PackageInvitationPage, params=[CURSOR, LIMIT])
    def get(self, request: Request) -> Response:
        """List the invitations to maintain projects that wait for your answer."""
        rows = invitations_to(actor_of(request).user_id or 0).select_related("user")
        return list_response(request, rows, PackageInvitation, order=("-id",))


@requires(PERSON)
class OwnInvitation(ApiView):
    @operation("decline_package_invitation", "packages", None, 404, status=204, params=[INVITATION])
    def delete(self, request: Request, project_invitation_id: UUID) -> Response:
        """Decline an invitation."""
        answer_invitation(actor=actor_of(request), invitation_id=project_invitation_id, is_accepted=False)
        return no_content()


@requires(PERSON)
class Acceptance(ApiView):
    @operation("accept_package_invitation", "packages", Package, 404, params=[INVITATION])
    def post(self, request: Request, project_invitation_id: UUID) -> Response:
        """Accept an invitation: you may publish the project from now on."""
        project = answer_invitation(
            actor=actor_of(request), invitation_id=project_invitation_id, is_accepted=True
        )
        return Response(Package(project).data)
