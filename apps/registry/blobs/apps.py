"""Content-addressed storage of large objects."""

from django.apps import AppConfig


class BlobsConfig(AppConfig):
    name = "apps.registry.blobs"
    label = "blobs"
