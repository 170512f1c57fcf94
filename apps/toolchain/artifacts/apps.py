"""Artifacts of jobs."""

from apps.core.declaration import BanyanApp, Declaration, NamespaceHooks


class ArtifactsConfig(BanyanApp):
    name = "apps.toolchain.artifacts"
    label = "artifacts"

    def declaration(self) -> Declaration:
        from .folders import ARTIFACTS
        from .policies import POLICIES
        from .services import delete_namespace_artifacts

        return Declaration(
            policies=POLICIES,
            object_folders=[ARTIFACTS],
            namespace_hooks=[NamespaceHooks(removed=delete_namespace_artifacts)],
        )
