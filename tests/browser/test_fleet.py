"""The fleet in a real browser: the operator drains a sick worker."""

import pytest

from apps.toolchain.contracts import EventKind
from apps.toolchain.jobs.models import Job
from tests.browser.looks import Look, context_for, overflow
from tests.browser.scene import session_of
from tests.job_makers import a_job, an_event, report
from tests.worker_makers import a_site_worker, an_own_worker

pytestmark = pytest.mark.slow


def test_the_operator_drains_a_sick_worker(browser, site, live_cast):
    a_job(live_cast.owner), a_job(live_cast.owner)
    sick, well = a_site_worker(live_cast, "sick"), a_site_worker(live_cast, "well")
    claim = sick.next().claim
    with context_for(browser, site.url, session=session_of(live_cast.staff)) as context:
        page = context.new_page()
        page.goto("/site")
        page.locator("a[href='/site/workers']").first.click()
        row = page.locator("tr[data-worker=sick]")
        assert row.locator(f"a[href='/jobs/{claim.spec.id}']").count() == 1

        row.locator("button[value=draining]").click()

        page.locator("tr[data-worker=sick][data-state=draining]").wait_for()
        assert sick.next().claim is None
        assert well.next().claim is not None
        report(claim, an_event(1, EventKind.STATE, state="succeeded"))
        page.reload()
        row.locator("[data-drained]").wait_for()
        row.locator("button[value=ready]").click()
        page.locator("tr[data-worker=sick][data-state=ready]").wait_for()
    assert Job.objects.filter(state="succeeded").count() == 1


@pytest.mark.parametrize("width", [360, 1280])
def test_the_pages_of_workers_fit_their_window(browser, site, live_cast, width):
    a_site_worker(live_cast, "a-machine-with-a-rather-long-name.example.com")
    an_own_worker(live_cast.owner)
    for person, path in ((live_cast.staff, "/site/workers"), (live_cast.owner, "/settings/workers")):
        with context_for(browser, site.url, Look(width=width), session=session_of(person)) as context:
            page = context.new_page()
            page.goto(path)
            assert overflow(page) <= 0, path
