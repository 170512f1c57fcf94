"""Workers of the site, of people and of organizations."""

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from apps.core.declaration import ApiTag, BanyanApp, Declaration, NavigationEntry, Place, SitePage, signed_in


class FleetConfig(BanyanApp):
    name = "apps.toolchain.fleet"
    label = "fleet"

    def declaration(self) -> Declaration:
        from .policies import POLICIES

        return Declaration(
            policies=POLICIES,
            api_tags=[ApiTag("fleet", _("Managing workers"))],
            navigation=[
                NavigationEntry(
                    label=gettext_lazy("Workers"),
                    path="/settings/workers",
                    icon="chip",
                    places={Place.SETTINGS: 60},
                    is_shown=signed_in,
                )
            ],
            site_pages=[
                SitePage(
                    gettext_lazy("Workers"),
                    "/site/workers",
                    icon="chip",
                    about=gettext_lazy("Machines that run jobs: state, use and failures"),
                )
            ],
        )
