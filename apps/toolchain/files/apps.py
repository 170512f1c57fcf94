"""Uploaded files."""

from __future__ import annotations

from apps.core.declaration import HOUR, BanyanApp, Declaration, NamespaceHooks, PeriodicTask


class FilesConfig(BanyanApp):
    name = "apps.toolchain.files"
    label = "files"

    def declaration(self) -> Declaration:
        from .folders import FILES, PARTS
        from .services import delete_expired_files, delete_namespace_files

        return Declaration(
            object_folders=[FILES, PARTS],
            namespace_hooks=[NamespaceHooks(removed=delete_namespace_files)],
            periodic_tasks=[
                PeriodicTask(name="delete_expired_files", task=delete_expired_files, schedule=HOUR / 4)
            ],
        )
