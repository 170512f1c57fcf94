"""The cache of an upstream package index."""

from apps.core.declaration import BanyanApp, Declaration


class UpstreamConfig(BanyanApp):
    name = "apps.toolchain.upstream"
    label = "upstream"

    def declaration(self) -> Declaration:
        from .folders import UPSTREAM

        return Declaration(object_folders=[UPSTREAM])
