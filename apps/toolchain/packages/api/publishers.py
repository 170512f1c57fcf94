"""REST API of trusted publishers."""

from __future__ import annotations

from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, operation
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.policies import requires

from ..errors import PublisherNotFound
from ..models import Project
from ..policies import PROJECT_ADMIN
from ..services.trusted_publishing import add_publisher, remove_publisher
from .packages import PACKAGE
from .shapes import PackagePublisher, PackagePublisherCreate, PackagePublisherPage

PUBLISHER = in_path("publisher_id", "Id of the trusted publisher.")


@requires(PROJECT_ADMIN)
class Publishers(ApiView):
    @operation(
        "list_package_publishers", "packages", PackagePublisherPage, 404, params=[PACKAGE, CURSOR, LIMIT]
    )
    def get(self, request: Request, project: Project) -> Response:
        """List the trusted publishers of a project."""
        rows = project.publishers.select_related("added_by")
        return list_response(request, rows, PackagePublisher, order=("id",))

    @operation(
        "create_package_publisher",
        "packages",
        PackagePublisher,
        *(404, 409),
        status=201,
        body=PackagePublisherCreate,
        params=[PACKAGE],
    )
    def post(self, request: Request, project: Project) -> Response:
        """Let a service publish the project by its identity tokens."""
        data = validated(request, PackagePublisherCreate)
        made = add_publisher(actor=actor_of(request), name=project.key, **data)
        path = f"/api/v1/packages/{project.key}/publishers/{made.public_id}"
        return created(PackagePublisher(made).data, path)


@requires(PROJECT_ADMIN)
class OnePublisher(ApiView):
    @operation("get_package_publisher", "packages", PackagePublisher, 404, params=[PACKAGE, PUBLISHER])
    def get(self, request: Request, project: Project, publisher_id: UUID) -> Response:
        """Get a trusted publisher."""
        found = project.publishers.select_related("added_by").filter(public_id=publisher_id).first()
        if found is None:
            raise PublisherNotFound
        return Response(PackagePublisher(found).data)

    @operation("delete_package_publisher", "packages", None, 404, status=204, params=[PACKAGE, PUBLISHER])
    def delete(self, request: Request, project: Project, publisher_id: UUID) -> Response:
        """Trust a publisher no more."""
        remove_publisher(actor=actor_of(request), name=project.key, publisher_id=publisher_id)
        return no_content()
