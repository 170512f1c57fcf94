"""URLs of the REST API."""

from django.urls import path

from apps.registry.repos.routes import API_REPO

from . import benchmarks

urlpatterns = [
    path(f"{API_REPO}/benchmark", benchmarks.OneBenchmark.as_view(), name="api_benchmark"),
    path(f"{API_REPO}/leaderboard", benchmarks.Leaderboard.as_view(), name="api_leaderboard"),
]
