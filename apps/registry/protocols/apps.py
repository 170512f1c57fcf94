"""The app of the client protocols; it registers their error renderers."""

from django.apps import AppConfig


class ProtocolsConfig(AppConfig):
    name = "apps.registry.protocols"
    label = "protocols"

    def ready(self) -> None:
        """Register the error renderers. The first match wins, so the narrowest paths come first."""
        from importlib import import_module
        from importlib.util import find_spec

        for protocol in ("xet", "lfs", "git", "hub"):
            if find_spec(f"apps.registry.protocols.{protocol}.errors"):
                import_module(f"apps.registry.protocols.{protocol}.errors").register()
