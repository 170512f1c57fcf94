"""URLs of the REST API."""

from django.urls import path

from apps.registry.repos.routes import API_REPO

from . import large

urlpatterns = [
    path("api/v1/storage/<namespace:name>", large.Storage.as_view(), name="api_storage"),
    path(f"{API_REPO}/large-files", large.LargeFileList.as_view(), name="api_large_files"),
    path(f"{API_REPO}/large-files/purge", large.Purge.as_view(), name="api_purge"),
]
