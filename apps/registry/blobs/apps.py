"""Content-addressed storage of large objects."""

from apps.core.declaration import HOUR, BanyanApp, Declaration, PeriodicTask


class BlobsConfig(BanyanApp):
    name = "apps.registry.blobs"
    label = "blobs"

    def declaration(self) -> Declaration:
        from .services import sweep_uploads

        return Declaration(
            periodic_tasks=[PeriodicTask(name="sweep_uploads", task=sweep_uploads, schedule=HOUR)],
        )
