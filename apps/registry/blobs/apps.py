"""Content-addressed storage of large objects."""

from apps.core.declaration import BanyanApp


class BlobsConfig(BanyanApp):
    name = "apps.registry.blobs"
    label = "blobs"
