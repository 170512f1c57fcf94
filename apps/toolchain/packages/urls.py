"""Paths of the package index."""

from django.urls import path

from .views import files, legacy, simple

urlpatterns = [
    path("simple", simple.simple_index),
    path("simple/<project>", simple.simple_project),
    path("legacy", legacy.upload),
    path("packages/<project>/<filename>.metadata", files.metadata),
    path("packages/<project>/<filename>", files.download),
]
