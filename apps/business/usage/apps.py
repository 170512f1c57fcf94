"""Usage: meters, limits and quota checks."""

from apps.core.declaration import BanyanApp, Declaration, NamespaceHooks


class UsageConfig(BanyanApp):
    name = "apps.business.usage"
    label = "usage"

    def declaration(self) -> Declaration:
        from .services import forget_namespace

        return Declaration(namespace_hooks=[NamespaceHooks(removed=forget_namespace)])
