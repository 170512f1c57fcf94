"""Receipts: signed records of evaluations."""

from django.utils.translation import gettext_noop as _

from apps.core.declaration import ApiTag, BanyanApp, Declaration, NamespaceHooks


class ReceiptsConfig(BanyanApp):
    name = "apps.toolchain.receipts"
    label = "receipts"

    def declaration(self) -> Declaration:
        from .policies import POLICIES
        from .references import PROVIDER
        from .services import delete_namespace_receipts

        return Declaration(
            reference_providers=[PROVIDER],
            policies=POLICIES,
            api_tags=[ApiTag("receipts", _("Receipts"))],
            namespace_hooks=[NamespaceHooks(removed=delete_namespace_receipts)],
        )
