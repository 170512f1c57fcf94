"""Content-addressed storage of large objects."""

from apps.core.declaration import HOUR, BanyanApp, Declaration, PeriodicTask


class BlobsConfig(BanyanApp):
    name = "apps.registry.blobs"
    label = "blobs"

    def declaration(self) -> Declaration:
        from .folders import FOLDERS
        from .services import hash_blobs, sweep_uploads

        return Declaration(
            object_folders=FOLDERS,
            periodic_tasks=[
                PeriodicTask(name="sweep_uploads", task=sweep_uploads, schedule=HOUR),
                PeriodicTask(name="hash_blobs", task=hash_blobs, schedule=HOUR),
            ],
        )
