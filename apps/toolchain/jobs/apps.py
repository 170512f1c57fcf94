"""Jobs: fine-tunes and evaluations."""

from django.utils.translation import gettext_noop as _

from apps.core.declaration import HOUR, ApiTag, BanyanApp, Declaration, NamespaceHooks, PeriodicTask


class JobsConfig(BanyanApp):
    name = "apps.toolchain.jobs"
    label = "jobs"

    def declaration(self) -> Declaration:
        from .services import forget_streams, reap_expired, resend_waiting
        from .services.renames import delete_namespace_jobs, update_namespace_address

        return Declaration(
            api_tags=[
                ApiTag("jobs", _("Jobs")),
                ApiTag("receipts", _("Receipts")),
                ApiTag("workers", _("Workers")),
            ],
            periodic_tasks=[
                PeriodicTask(name="reap_expired_jobs", task=reap_expired, schedule=10.0),
                PeriodicTask(name="resend_waiting_jobs", task=resend_waiting, schedule=10.0),
                PeriodicTask(name="forget_job_streams", task=forget_streams, schedule=HOUR),
            ],
            namespace_hooks=[NamespaceHooks(renamed=update_namespace_address, removed=delete_namespace_jobs)],
        )
