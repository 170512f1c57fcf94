"""The moderation app."""

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from apps.core.declaration import (
    HOUR,
    ApiTag,
    BanyanApp,
    Declaration,
    NavigationEntry,
    PeriodicTask,
    Place,
    SitePage,
    signed_in,
)

MINUTE = 60.0


class ModerationConfig(BanyanApp):
    name = "apps.core.moderation"
    label = "moderation"

    def declaration(self) -> Declaration:
        from celery.schedules import crontab

        from .notifications import DecisionNotifications, OutcomeNotifications
        from .policies import POLICIES
        from .selectors import people_blocking
        from .services.judge import sweep_assessments
        from .services.removals import continue_removals
        from .services.sanctions import check_account
        from .services.trust import recompute_trust

        return Declaration(
            policies=POLICIES,
            api_tags=[ApiTag("moderation", _("Moderation"))],
            navigation=[
                NavigationEntry(
                    label=gettext_lazy("Decisions and blocks"),
                    path="/settings/standing",
                    icon="shield",
                    places={Place.SETTINGS: 600},
                    is_shown=signed_in,
                )
            ],
            site_pages=[
                SitePage(
                    gettext_lazy("Review queue"),
                    "/site/reviews",
                    icon="eye",
                    about=gettext_lazy("Held and reported content"),
                ),
                SitePage(
                    gettext_lazy("Moderation"),
                    "/site/moderation",
                    icon="shield",
                    about=gettext_lazy("Emergency switch, bans, saved replies"),
                ),
            ],
            account_checks=[check_account],
            notification_kinds=[DecisionNotifications(), OutcomeNotifications()],
            block_lists=[people_blocking],
            periodic_tasks=[
                PeriodicTask(name="continue_removals", task=continue_removals, schedule=MINUTE),
                PeriodicTask(
                    name="recompute_trust", task=recompute_trust, schedule=crontab(hour="3", minute="41")
                ),
                PeriodicTask(name="sweep_assessments", task=sweep_assessments, schedule=HOUR),
            ],
        )
