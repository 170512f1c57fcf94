"""Core: the library below every domain; it knows no product noun."""

from django.utils.translation import gettext_lazy as _

from apps.core.declaration import (
    HOUR,
    BanyanApp,
    Declaration,
    ErrorRenderer,
    PeriodicTask,
    RateLimit,
    SitePage,
)


class CoreConfig(BanyanApp):
    name = "apps.core"

    def declaration(self) -> Declaration:
        from apps.core.objects.direct_uploads import UPLOADS
        from apps.core.objects.services import collect_on_schedule
        from apps.core.rest.problems import render_problem
        from apps.core.web.metrics_view import METRICS
        from apps.core.web.policies import POLICIES
        from apps.core.web.rest_paths import has_problems

        return Declaration(
            policies=[*POLICIES, METRICS],
            error_renderers=[ErrorRenderer("rest", has_problems, render_problem)],
            rate_limits=[RateLimit("api", is_api_path)],
            cross_origin_paths=[is_api_path],
            object_folders=[UPLOADS],
            periodic_tasks=[
                PeriodicTask(name="collect_orphans", task=collect_on_schedule, schedule=6 * HOUR)
            ],
            site_pages=[
                SitePage(_("Metrics"), "/metrics", icon="chart", about=_("Counters for Prometheus")),
            ],
        )

    def ready(self) -> None:
        from corsheaders.signals import check_request_enabled

        from apps.core.web.cors import is_cross_origin_allowed

        check_request_enabled.connect(is_cross_origin_allowed, dispatch_uid="core.cors")


def is_api_path(path: str) -> bool:
    return path.startswith("/api/")
