"""URLs of the REST API of packages."""

from django.urls import path

from . import maintainers, packages, publishers

PACKAGE = "api/v1/packages/<project>"
OWN = "api/v1/me/package-invitations"

urlpatterns = [
    path("api/v1/packages", packages.Packages.as_view(), name="api_packages"),
    path(PACKAGE, packages.OnePackage.as_view(), name="api_package"),
    path(f"{PACKAGE}/transfer", packages.Transfer.as_view(), name="api_transfer_package"),
    path(f"{PACKAGE}/versions", packages.Versions.as_view(), name="api_package_versions"),
    path(f"{PACKAGE}/versions/<version>", packages.OneVersion.as_view(), name="api_package_version"),
    path(f"{PACKAGE}/files", packages.Files.as_view(), name="api_package_files"),
    path(f"{PACKAGE}/files/<filename>", packages.OneFile.as_view(), name="api_package_file"),
    path(f"{PACKAGE}/maintainers", maintainers.Maintainers.as_view(), name="api_package_maintainers"),
    path(
        f"{PACKAGE}/maintainers/<person>", maintainers.OneMaintainer.as_view(), name="api_package_maintainer"
    ),
    path(f"{PACKAGE}/invitations", maintainers.Invitations.as_view(), name="api_package_invitations"),
    path(
        f"{PACKAGE}/invitations/<uuid:project_invitation_id>",
        maintainers.OneInvitation.as_view(),
        name="api_package_invitation",
    ),
    path(f"{PACKAGE}/publishers", publishers.Publishers.as_view(), name="api_package_publishers"),
    path(
        f"{PACKAGE}/publishers/<uuid:publisher_id>",
        publishers.OnePublisher.as_view(),
        name="api_package_publisher",
    ),
    path(OWN, maintainers.OwnInvitations.as_view(), name="api_my_package_invitations"),
    path(
        f"{OWN}/<uuid:project_invitation_id>",
        maintainers.OwnInvitation.as_view(),
        name="api_my_package_invitation",
    ),
    path(
        f"{OWN}/<uuid:project_invitation_id>/accept",
        maintainers.Acceptance.as_view(),
        name="api_accept_package_invitation",
    ),
]
