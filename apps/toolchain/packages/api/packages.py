"""REST API of projects, versions and files."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.rest.body import query_choice, query_str, validated
from apps.core.rest.schema import CURSOR, LIMIT, in_path, in_query, operation
from apps.core.rest.view import ApiView, actor_of, created, list_response, no_content
from apps.core.web.policies import SIGNED_IN, requires

from ..errors import FileNotFound
from ..models import Project, ProjectFile, Step
from ..policies import INDEX, PROJECT_ADMIN, PROJECT_READ, PROJECT_WRITE
from ..selectors.projects import projects_for
from ..services.projects import create_project, delete_project, transfer_project, update_project
from ..services.versions import delete_file, delete_version, restore_version, version_of, yank_version
from .shapes import (
    Package,
    PackageCreate,
    PackageFile,
    PackageFilePage,
    PackagePage,
    PackageTransfer,
    PackageUpdate,
    PackageVersion,
    PackageVersionPage,
    PackageVersionUpdate,
)

PACKAGE = in_path("project", "Name of the project; every spelling of it works.")
VERSION = in_path("version", "Normalized version.")
FILENAME = in_path("filename", "Name of the file.")
SORTS = {"updated_at": "updated_at", "downloads": "downloads", "name": "key"}
DIRECTIONS = ("asc", "desc")


def package_path(project: Project) -> str:
    return f"/api/v1/packages/{project.key}"


def _facts(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not None}


@requires(INDEX, POST=SIGNED_IN)
class Packages(ApiView):
    volatile = frozenset({"download_count"})

    @operation(
        "list_packages",
        "packages",
        PackagePage,
        params=[
            in_query("q", about="Words of the name or the summary."),
            in_query("step", about="Only projects for this step.", enum=Step.values),
            in_query("owner", about="Only projects of this person or organization."),
            in_query("sort", about="Default: updated_at.", enum=list(SORTS)),
            in_query("direction", about="Default: desc.", enum=list(DIRECTIONS)),
            CURSOR,
            LIMIT,
        ],
    )
    def get(self, request: Request) -> Response:
        """List the projects that you may see."""
        rows = projects_for(
            actor_of(request),
            step=query_choice(request, "step", Step.values),
            owner=query_str(request, "owner"),
            query=query_str(request, "q"),
        )
        field = SORTS[query_choice(request, "sort", tuple(SORTS), "updated_at")]
        sign = "" if query_choice(request, "direction", DIRECTIONS, "desc") == "asc" else "-"
        order = (f"{sign}{field}",) if field == "key" else (f"{sign}{field}", f"{sign}id")
        return list_response(request, rows, Package, order=order)

    @operation("create_package", "packages", Package, 409, status=201, body=PackageCreate)
    def post(self, request: Request) -> Response:
        """Create an empty project. The first upload of a new name creates one, too."""
        project = create_project(actor=actor_of(request), **_facts(validated(request, PackageCreate)))
        return created(Package(project).data, package_path(project))


@requires(PROJECT_READ, PATCH=PROJECT_ADMIN, DELETE=PROJECT_ADMIN)
class OnePackage(ApiView):
    volatile = frozenset({"download_count"})

    @operation("get_package", "packages", Package, 404, params=[PACKAGE])
    def get(self, request: Request, project: Project) -> Response:
        """Get a project."""
        return Response(Package(project).data)

    @operation("update_package", "packages", Package, 404, body=PackageUpdate, params=[PACKAGE])
    def patch(self, request: Request, project: Project) -> Response:
        """Update a project that you administer."""
        facts = _facts(validated(request, PackageUpdate))
        return Response(Package(update_project(actor=actor_of(request), name=project.key, **facts)).data)

    @operation("delete_package", "packages", None, 404, 409, status=204, params=[PACKAGE])
    def delete(self, request: Request, project: Project) -> Response:
        """Delete a project whose files are all new enough to be deleted."""
        delete_project(actor=actor_of(request), name=project.key)
        return no_content()


@requires(PROJECT_ADMIN)
class Transfer(ApiView):
    @operation("transfer_package", "packages", Package, 404, body=PackageTransfer, params=[PACKAGE])
    def post(self, request: Request, project: Project) -> Response:
        """Give a project to another owner in which you may create projects."""
        owner = validated(request, PackageTransfer)["owner"]
        return Response(
            Package(transfer_project(actor=actor_of(request), name=project.key, owner=owner)).data
        )


@requires(PROJECT_READ)
class Versions(ApiView):
    @operation("list_package_versions", "packages", PackageVersionPage, 404, params=[PACKAGE, CURSOR, LIMIT])
    def get(self, request: Request, project: Project) -> Response:
        """List the versions of a project, newest upload first."""
        rows = project.versions.select_related("project").defer("description")
        return list_response(request, rows, PackageVersion, order=("-created_at", "-id"))


@requires(PROJECT_READ, PATCH=PROJECT_WRITE, DELETE=PROJECT_ADMIN)
class OneVersion(ApiView):
    @operation("get_package_version", "packages", PackageVersion, 404, params=[PACKAGE, VERSION])
    def get(self, request: Request, project: Project, version: str) -> Response:
        """Get a version."""
        return Response(PackageVersion(version_of(project, version)).data)

    @operation(
        "update_package_version",
        "packages",
        PackageVersion,
        404,
        body=PackageVersionUpdate,
        params=[PACKAGE, VERSION],
    )
    def patch(self, request: Request, project: Project, version: str) -> Response:
        """Yank a version, or offer it again."""
        data, actor = validated(request, PackageVersionUpdate), actor_of(request)
        if data["is_yanked"]:
            reason = data.get("yanked_reason") or ""
            row = yank_version(actor=actor, name=project.key, version=version, reason=reason)
        else:
            row = restore_version(actor=actor, name=project.key, version=version)
        return Response(PackageVersion(row).data)

    @operation("delete_package_version", "packages", None, 404, 409, status=204, params=[PACKAGE, VERSION])
    def delete(self, request: Request, project: Project, version: str) -> Response:
        """Delete a version whose files are all new enough to be deleted."""
        delete_version(actor=actor_of(request), name=project.key, version=version)
        return no_content()


@requires(PROJECT_READ)
class Files(ApiView):
    @operation("list_package_files", "packages", PackageFilePage, 404, params=[PACKAGE, CURSOR, LIMIT])
    def get(self, request: Request, project: Project) -> Response:
        """List the files of a project, newest first."""
        rows = ProjectFile.objects.filter(version__project=project)
        loaded = rows.select_related("version__project").defer("version__description", "version__details")
        return list_response(request, loaded, PackageFile, order=("-uploaded_at", "-id"))


@requires(PROJECT_READ, DELETE=PROJECT_ADMIN)
class OneFile(ApiView):
    volatile = frozenset({"download_count"})

    @operation("get_package_file", "packages", PackageFile, 404, params=[PACKAGE, FILENAME])
    def get(self, request: Request, project: Project, filename: str) -> Response:
        """Get what is known of a file."""
        rows = ProjectFile.objects.filter(version__project=project, filename=filename)
        file = rows.select_related("version__project").first()
        if file is None:
            raise FileNotFound
        return Response(PackageFile(file).data)

    @operation("delete_package_file", "packages", None, 404, 409, status=204, params=[PACKAGE, FILENAME])
    def delete(self, request: Request, project: Project, filename: str) -> Response:
        """Delete a file that is new enough to be deleted. Its name is never used again."""
        delete_file(actor=actor_of(request), name=project.key, filename=filename)
        return no_content()
