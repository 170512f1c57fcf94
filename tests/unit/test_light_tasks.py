"""Tasks of the light worker: registered by name, safe to run twice."""

from datetime import timedelta

from django.utils import timezone

from apps.core.declaration import declared
from apps.toolchain.contracts import EventKind
from apps.toolchain.jobs.models import Job
from ecosystem.celery import app
from tests.job_makers import a_running_job, an_event, expire_lease, report

HOURLY = (
    "light.forget_job_streams",
    "light.purge_deleted_repositories",
    "light.sweep_responses",
    "light.sweep_spool",
    "light.sweep_uploads",
)


def run(name: str) -> None:
    app.loader.import_default_modules()
    app.tasks[name].run()


def test_the_sweep_requeues_a_lost_job_and_is_idempotent(cast):
    job, _ = a_running_job(cast.owner, cast.staff)
    expire_lease(job)

    run("light.reap_expired_jobs")
    run("light.reap_expired_jobs")

    assert Job.objects.get().state == "queued"
    assert job.events.filter(kind="state", data__state="queued").count() == 2


def test_collecting_leftovers_is_idempotent(cast):
    job, claim = a_running_job(cast.owner, cast.staff)
    report(claim, an_event(2, EventKind.STATE, state="succeeded"))
    Job.objects.update(finished_at=timezone.now() - timedelta(hours=1))

    for task in HOURLY:
        run(task)
        run(task)

    assert job.events.count() == 4


def test_the_clock_knows_every_declared_task_and_no_other():
    app.loader.import_default_modules()
    scheduled = {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}

    assert scheduled == {task.celery_name: task.schedule for task in declared().periodic_tasks}
    assert scheduled.keys() <= set(app.tasks)
