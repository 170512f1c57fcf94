"""Jobs in a real browser: the page updates live, and works without scripts."""

import pytest

from apps.toolchain.contracts import EventKind
from apps.toolchain.jobs.models import Job
from tests.browser.looks import Look, context_for, overflow
from tests.browser.scene import session_of
from tests.job_makers import a_job, a_running_job, an_event, report

pytestmark = pytest.mark.slow
LOG, METRIC, STATE = EventKind.LOG, EventKind.METRIC, EventKind.STATE


def test_a_page_follows_its_job_by_itself(browser, site, live_cast):
    job, claim = a_running_job(live_cast.owner, live_cast.staff)
    report(claim, an_event(2, METRIC, step=1, values={"loss": 0.9}), an_event(3, LOG, line="first line"))
    with context_for(browser, site.url, session=session_of(live_cast.owner)) as context:
        page, complaints = context.new_page(), []
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))
        page.goto(f"/jobs/{job.id}")
        page.wait_for_selector(".live-state[data-state=live]")
        page.wait_for_selector("line-chart .u-wrap")

        report(
            claim,
            an_event(4, METRIC, step=2, values={"loss": 0.4, "validation_loss": 0.5}),
            an_event(5, LOG, line="a line that came later"),
        )
        page.get_by_text("a line that came later").wait_for()
        report(
            claim,
            an_event(6, EventKind.PROGRESS, step=3, total=12, phase="training"),
            an_event(7, STATE, state="succeeded"),
        )
        page.locator("#job-state [data-state=succeeded]").wait_for()
        page.locator("#job-acts", has_not=page.locator("form")).wait_for(state="attached")

        rows = page.locator("line-chart").first.locator("tbody tr")
        assert rows.count() == 2
        assert page.locator("log-view li", has_text="first line").count() == 1
        assert complaints == []


def test_a_page_cancels_its_job(browser, site, live_cast):
    job, claim = a_running_job(live_cast.owner, live_cast.staff)
    with context_for(browser, site.url, session=session_of(live_cast.owner)) as context:
        page = context.new_page()
        page.goto(f"/jobs/{job.id}")

        page.locator("#job-acts form[action$='/cancel'] button").click()

        page.locator("#job-acts [aria-busy=true]").wait_for()
        assert report(claim).cancel
        report(claim, an_event(2, STATE, state="cancelled"))
        page.locator("#job-state [data-state=cancelled]").wait_for()


def test_jobs_work_without_scripts(browser, site, live_cast):
    job = a_job(live_cast.owner)
    with context_for(browser, site.url, session=session_of(live_cast.owner), scripts=False) as context:
        page = context.new_page()
        page.goto("/jobs")
        page.locator(f"a[href='/jobs/{job.id}']").click()

        page.locator("#job-acts form[action$='/cancel'] button").click()
        page.locator("#job-acts form[action$='/retry'] button").click()

        assert page.locator("#job-state [data-state=queued]").count() == 1
    assert Job.objects.get(pk=job.pk).state == "queued"


def test_the_apis_page_reads_under_the_sites_policy(browser, site):
    with context_for(browser, site.url) as context:
        page, complaints = context.new_page(), []
        page.on("console", lambda message: message.type == "error" and complaints.append(message.text))

        page.goto("/api/v1/docs")
        page.get_by_text("/jobs/{job_id}/cancel").first.wait_for(state="attached")

        assert complaints == []


@pytest.mark.parametrize("width", [390, 1440])
def test_a_jobs_page_fits_its_window(browser, site, live_cast, width):
    job, claim = a_running_job(live_cast.owner, live_cast.staff)
    report(claim, an_event(2, LOG, line="x" * 400), an_event(3, METRIC, step=1, values={"loss": 1.0}))
    with context_for(browser, site.url, Look(width=width)) as context:
        page = context.new_page()
        for path in (f"/jobs/{job.id}", "/jobs", "/verify"):
            page.goto(path)
            assert overflow(page) <= 0, path
