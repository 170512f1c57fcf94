"""Wires: the protocol faces of the registry; each declares how it refuses."""

from django.apps import AppConfig


class ProtocolsConfig(AppConfig):
    name = "apps.registry.protocols"
    label = "wires"

    def ready(self) -> None:
        """Register the face of each wire; the order decides, the narrowest first."""
        from importlib import import_module
        from importlib.util import find_spec

        for protocol in ("xet", "lfs", "git", "hub"):
            if find_spec(f"apps.registry.protocols.{protocol}.errors"):
                import_module(f"apps.registry.protocols.{protocol}.errors").register()
