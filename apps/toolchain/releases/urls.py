"""Paths of releases."""

from django.urls import path

from . import api
from .views import downloads, github, pages

PROJECT = "tools/<project>/releases"
RELEASE = f"{PROJECT}/<tag>"
API = "api/v1/packages/<project>/releases"
ONE = f"{API}/<tag>"
GITHUB = "api/v3/repos/<owner>/<project>"
FILES = "packages/<project>/releases"

urlpatterns = [
    path(f"{FILES}/latest/<filename>", downloads.latest_file, name="latest_release_file"),
    path(f"{FILES}/<tag>/SHA256SUMS", downloads.sums, name="release_sums"),
    path(f"{FILES}/<tag>/<filename>", downloads.download, name="release_file"),
    path(PROJECT, pages.releases, name="releases"),
    path("tools/<project>/new-release", pages.new_release, name="new_release"),
    path(f"{PROJECT}/latest", pages.latest, name="latest_release"),
    path(RELEASE, pages.release, name="release"),
    path(f"{RELEASE}/edit", pages.edit, name="edit_release"),
    path(f"{RELEASE}/upload", pages.upload, name="upload_release_files"),
    path(f"{RELEASE}/files/<filename>/delete", pages.remove_asset, name="delete_release_file"),
    path(f"{RELEASE}/publish", pages.publish, name="publish_release"),
    path(f"{RELEASE}/delete", pages.remove, name="delete_release"),
    path(API, api.Releases.as_view(), name="api_releases"),
    path(f"{API}/latest", api.LatestRelease.as_view(), name="api_latest_release"),
    path(ONE, api.OneRelease.as_view(), name="api_release"),
    path(f"{ONE}/publish", api.Publication.as_view(), name="api_publish_release"),
    path(f"{ONE}/assets/<filename>", api.OneAsset.as_view(), name="api_release_asset"),
    path(f"{ONE}/uploads", api.Uploads.as_view(), name="api_asset_uploads"),
    path(f"{ONE}/uploads/<uuid:upload_id>", api.OneUpload.as_view(), name="api_asset_upload"),
    path(GITHUB, github.repo, name="github_repo"),
    path(f"{GITHUB}/releases", github.releases, name="github_releases"),
    path(f"{GITHUB}/releases/latest", github.latest, name="github_latest"),
    path(f"{GITHUB}/releases/tags/<tag>", github.by_tag, name="github_release_by_tag"),
    path(f"{GITHUB}/releases/<int:release_id>", github.by_id, name="github_release"),
    path(f"{GITHUB}/releases/<int:release_id>/assets", github.assets, name="github_assets"),
    path(f"{GITHUB}/releases/assets/<int:asset_id>", github.asset, name="github_asset"),
]
