"""Jobs: fine-tunes and evaluations."""

from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_noop as _

from apps.core.declaration import (
    HOUR,
    ApiCodes,
    ApiTag,
    BanyanApp,
    Declaration,
    Gauge,
    NamespaceHooks,
    NavigationEntry,
    PeriodicTask,
    Place,
    SitePage,
)


class JobsConfig(BanyanApp):
    name = "apps.toolchain.jobs"
    label = "jobs"

    def declaration(self) -> Declaration:
        from apps.business.usage.meters import Meter
        from apps.toolchain.contracts.faults import PLATFORM_FAULTS, USER_FAULTS

        from .notifications import JobNotifications
        from .policies import POLICIES
        from .references import PROVIDER
        from .selectors import active_job_counts
        from .services import forget_streams, reap_expired, resend_waiting
        from .services.renames import delete_namespace_jobs, update_namespace_address

        return Declaration(
            reference_providers=[PROVIDER],
            policies=POLICIES,
            api_tags=[
                ApiTag("jobs", _("Jobs")),
                ApiTag("workers", _("Workers"), is_internal=True),
            ],
            api_codes=[
                ApiCodes(
                    "user",
                    _("Failures of jobs caused by their inputs"),
                    _("Correct the inputs or parameters and create a new job."),
                    USER_FAULTS,
                ),
                ApiCodes(
                    "system",
                    _("Failures of jobs caused by the site"),
                    _("The job is not at fault: retry it, and tell the administrators if it fails again."),
                    PLATFORM_FAULTS,
                ),
            ],
            navigation=[
                NavigationEntry(
                    label=gettext_lazy("Jobs"),
                    path="/jobs",
                    icon="job",
                    keys="g j",
                    places={Place.HEADER: 40, Place.MENU: 50, Place.PALETTE: 50, Place.ACCOUNT: 120},
                )
            ],
            site_pages=[
                SitePage(gettext_lazy("Jobs"), "/jobs", icon="job", about=gettext_lazy("Jobs of all people")),
            ],
            notification_kinds=[JobNotifications()],
            periodic_tasks=[
                PeriodicTask(name="reap_expired_jobs", task=reap_expired, schedule=10.0),
                PeriodicTask(name="resend_waiting_jobs", task=resend_waiting, schedule=10.0),
                PeriodicTask(name="forget_job_streams", task=forget_streams, schedule=HOUR),
            ],
            gauges=[Gauge(Meter.ACTIVE_JOBS, active_job_counts)],
            namespace_hooks=[NamespaceHooks(renamed=update_namespace_address, removed=delete_namespace_jobs)],
        )
