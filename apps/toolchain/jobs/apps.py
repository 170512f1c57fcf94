"""Jobs: fine-tunes and evaluations."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "apps.toolchain.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Subscribe to renamed and removed namespaces, and say what counts as active jobs."""
        from apps.business.usage.gauges import Gauge, register_gauge
        from apps.business.usage.meters import Meter
        from apps.users.accounts.hooks import on_namespace_removal, on_namespace_renamed

        from .selectors import active_job_count
        from .services.renames import delete_namespace_jobs, update_namespace_address

        on_namespace_renamed(update_namespace_address)
        on_namespace_removal(delete_namespace_jobs)
        register_gauge(Gauge(Meter.ACTIVE_JOBS, active_job_count))
