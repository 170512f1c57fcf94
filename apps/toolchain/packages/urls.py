"""Paths of the package index."""

from django.urls import include, path

from .views import files, legacy, project_json, simple, trusted_publishing

urlpatterns = [
    path("simple", simple.simple_index, name="simple_index"),
    path("simple/<project>", simple.simple_project, name="simple_project"),
    path("legacy", legacy.upload, name="package_upload"),
    path("packages/<project>/upstream/<filename>", files.upstream, name="upstream_file"),
    path("packages/<project>/<filename>.metadata", files.metadata, name="package_metadata"),
    path("packages/<project>/<filename>", files.download, name="package_file"),
    path("_/oidc/audience", trusted_publishing.audience, name="publishing_audience"),
    path("_/oidc/mint-token", trusted_publishing.mint, name="mint_token"),
    path(".well-known/pytp", trusted_publishing.discovery, name="publishing_discovery"),
    path("pypi/<project>/json", project_json.project_json, name="project_json"),
    path("pypi/<project>/<version>/json", project_json.version_json, name="version_json"),
    path("", include("apps.toolchain.packages.page_urls")),
    path("", include("apps.toolchain.packages.api.urls")),
]
