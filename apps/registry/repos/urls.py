"""Addresses of repositories: the REST API, then the pages."""

from django.urls import path

from . import api
from . import converters as converters
from .page_urls import urlpatterns as page_urls

api_urls = [
    path("api/v1/jobs", api.JobOrders.as_view(), name="api_jobs"),
    path("api/v1/repos", api.RepoList.as_view(), name="api_repos"),
    path("api/v1/repos/<str:kind>/<ns:namespace>/<name:name>", api.RepoDetail.as_view(), name="api_repo"),
]
urlpatterns = [*api_urls, *page_urls]
