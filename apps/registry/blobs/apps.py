"""Blobs: large objects by content."""

from django.apps import AppConfig


class BlobsConfig(AppConfig):
    name = "apps.registry.blobs"
    label = "blobs"
