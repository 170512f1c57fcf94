"""Paths of pages and feeds."""

from django.urls import path

from apps.core.web.feeds import FeedForm

from .views import feeds, pages, settings

PROJECT = "tools/<project>"
VERSION = f"{PROJECT}/versions/<version>"

urlpatterns = [
    path("tools", pages.tools, name="tools"),
    path("tools/new", pages.new_project, name="new_project"),
    path("settings/packages", settings.own_packages, name="settings_packages"),
    path("settings/packages/<uuid:project_invitation_id>/accept", settings.accept, name="accept_project"),
    path("settings/packages/<uuid:project_invitation_id>/decline", settings.decline, name="decline_project"),
    *(
        route
        for form in FeedForm
        for route in (
            path(f"feeds/tools.{form}", feeds.projects, {"form": form}, name=f"tools_{form}"),
            path(f"feeds/versions.{form}", feeds.versions, {"form": form}, name=f"versions_{form}"),
            path(
                f"{PROJECT}/versions.{form}", feeds.project_versions, {"form": form}, name=f"project_{form}"
            ),
        )
    ),
    path(PROJECT, pages.project, name="project"),
    path(f"{PROJECT}/versions", pages.all_versions, name="project_versions"),
    path(f"{PROJECT}/publish", settings.publish_guide, name="publish_guide"),
    path(f"{PROJECT}/settings", settings.project_settings, name="project_settings"),
    path(f"{PROJECT}/settings/invite", settings.invite, name="invite_maintainer"),
    path(
        f"{PROJECT}/settings/invitations/<uuid:project_invitation_id>/withdraw",
        settings.withdraw,
        name="withdraw_maintainer",
    ),
    path(
        f"{PROJECT}/settings/maintainers/<person>/remove",
        settings.remove_maintainer,
        name="remove_maintainer",
    ),
    path(f"{PROJECT}/settings/publishers", settings.trust, name="add_publisher"),
    path(
        f"{PROJECT}/settings/publishers/<uuid:publisher_id>/remove",
        settings.distrust,
        name="remove_publisher",
    ),
    path(f"{PROJECT}/settings/transfer", settings.transfer, name="transfer_project"),
    path(f"{PROJECT}/settings/delete", settings.remove_project, name="delete_project"),
    path(f"{PROJECT}/leave", settings.leave, name="leave_project"),
    path(f"{PROJECT}/files/<filename>/delete", settings.remove_file, name="delete_project_file"),
    path(VERSION, pages.version, name="project_version"),
    path(f"{VERSION}/yank", settings.yank, name="yank_version"),
    path(f"{VERSION}/restore", settings.restore, name="restore_version"),
    path(f"{VERSION}/delete", settings.remove_version, name="delete_version"),
]
