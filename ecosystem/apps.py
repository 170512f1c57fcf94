"""The project: pages that combine several domains, and site administration."""

from apps.core.declaration import BanyanApp, Declaration


class EcosystemConfig(BanyanApp):
    name = "ecosystem"

    def declaration(self) -> Declaration:
        return Declaration()
