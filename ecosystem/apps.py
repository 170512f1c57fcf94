"""The project: pages that combine several domains, and site administration."""

from django.utils.translation import gettext_lazy as _

from apps.core.declaration import BanyanApp, Declaration, NavigationEntry, Place, SitePage, staff

# what the server in front answers, and paths of apps to come
RESERVED = """
    assets blog courses docs events favicon.ico feedback forum learn media news notifications packages pricing
    simple static tools webhooks
"""


class EcosystemConfig(BanyanApp):
    name = "ecosystem"

    def declaration(self) -> Declaration:
        return Declaration(
            reserved_words=RESERVED.split(),
            navigation=[
                NavigationEntry(
                    label=_("Site administration"),
                    path="/site",
                    icon="shield",
                    places={Place.ACCOUNT: 330, Place.PALETTE: 160},
                    is_shown=staff,
                )
            ],
            site_pages=[
                SitePage(_("Status"), "/readyz", icon="check", about=_("Database, queue and storage")),
                SitePage(_("Style guide"), "/styleguide", icon="book", about=_("Components of pages")),
            ],
        )
