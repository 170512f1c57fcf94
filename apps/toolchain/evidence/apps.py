"""What stands behind scores."""

from apps.core.declaration import BanyanApp, Declaration


class EvidenceConfig(BanyanApp):
    name = "apps.toolchain.evidence"
    label = "evidence"

    def declaration(self) -> Declaration:
        from .policies import POLICIES

        return Declaration(policies=POLICIES)
