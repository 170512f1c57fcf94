"""A job's page updates itself: log, curve, progress and state arrive without a reload."""

from __future__ import annotations

import pytest

from apps.toolchain.contracts import EventKind
from tests.browser.looks import context_for
from tests.browser.scene import session_of
from tests.job_makers import a_running_job, an_event, report


@pytest.fixture
def opened(live_cast, site, browser):
    """A running job and its live page in a browser."""
    job, claim = a_running_job(live_cast.owner, live_cast.staff)
    with context_for(browser, site.url, session=session_of(live_cast.owner)) as context:
        page = context.new_page()
        page.goto(f"/jobs/{job.pk}")
        page.wait_for_selector(".live-state[data-state=live]")
        yield claim, page


def test_lines_and_values_arrive_as_the_worker_reports_them(opened):
    claim, page = opened

    report(claim, an_event(2, EventKind.LOG, level="warning", line="12 rows are empty"))
    report(claim, an_event(3, EventKind.METRIC, step=7, values={"loss": 0.25}))
    report(claim, an_event(4, EventKind.PROGRESS, step=7, total=70, phase="training"))

    page.wait_for_selector("log-view li.warning:has-text('12 rows are empty')")
    page.wait_for_selector("line-chart:has(th[data-key=loss]) output:has-text('0.25')")
    page.wait_for_selector("progress-live .figure:has-text('7 / 70')")


def test_the_end_of_a_job_is_seen_without_a_reload(opened):
    claim, page = opened
    page.evaluate("window.same = true")

    report(
        claim,
        an_event(
            2,
            EventKind.STATE,
            state="failed",
            fault="yours",
            code="column_missing",
            message="There is no column 'label'.",
        ),
    )

    page.wait_for_selector("[role=alert]:has-text(\"There is no column 'label'.\")")
    assert page.evaluate("window.same")


def test_a_log_can_be_searched_and_narrowed(opened):
    claim, page = opened
    report(claim, *(an_event(seq, EventKind.LOG, level="info", line=f"step {seq}") for seq in range(2, 6)))
    report(claim, an_event(6, EventKind.LOG, level="error", line="out of memory"))
    page.wait_for_selector("log-view li:has-text('out of memory')")

    page.fill("log-view [data-find]", "step 3")
    assert page.locator("log-view li:visible").all_inner_texts()[0].endswith("step 3")

    page.fill("log-view [data-find]", "")
    page.select_option("log-view [data-level]", "error")
    assert page.locator("log-view li:visible").count() == 1


def test_a_page_that_finds_no_free_stream_tries_again(live_cast, site, browser):
    job, claim = a_running_job(live_cast.owner, live_cast.staff)
    report(claim, an_event(2, EventKind.LOG, level="info", line="before"))
    requested = []

    def refuse_once(route):
        requested.append(route.request.method)
        if requested == ["GET"]:
            route.fulfill(status=503, headers={"Retry-After": "5"})
        else:
            route.continue_()

    with context_for(browser, site.url, session=session_of(live_cast.owner)) as context:
        page = context.new_page()
        page.route("**/stream?*", refuse_once)
        page.goto(f"/jobs/{job.pk}")
        page.wait_for_selector(".live-state[data-state=live]")
        report(claim, an_event(3, EventKind.LOG, level="info", line="after"))
        page.wait_for_selector("log-view li:has-text('after')")

        assert requested == ["GET", "HEAD", "GET"]
        assert page.locator("log-view li:has-text('before')").count() == 1
