"""Content-addressed storage of large objects."""

from apps.core.declaration import BanyanApp, Declaration


class BlobsConfig(BanyanApp):
    name = "apps.registry.blobs"
    label = "blobs"

    def declaration(self) -> Declaration:
        from .folders import FOLDERS

        return Declaration(object_folders=FOLDERS)
