"""The project: pages that combine several domains, and site administration."""

from apps.core.declaration import BanyanApp, Declaration

# what the server in front answers, and paths of apps to come
RESERVED = """
    assets blog courses docs events favicon.ico feedback forum learn media news notifications packages pricing
    robots.txt simple sitemap.xml static tools webhooks
"""


class EcosystemConfig(BanyanApp):
    name = "ecosystem"

    def declaration(self) -> Declaration:
        return Declaration(reserved_words=RESERVED.split())
