"""`make screenshots`: screenshots of every page in every look, and an accessibility report."""

import os
import shutil
from pathlib import Path

from tests.browser.looks import LOOKS, chromium, context_for, overflow
from tests.browser.scene import PAGES_FOR_ANYBODY, a_scene
from tests.browser.test_pages import grave_faults

SHOTS = Path(__file__).with_name("shots")
MOST_PIXELS = 4200


def test_pictures(live_cast, site):
    """Take screenshots; ONLY=model,jobs and LOOK=390 restrict them."""
    scene, faults = a_scene(live_cast), []
    only = set(filter(None, os.environ.get("ONLY", "").split(",")))
    looks = [look for look in LOOKS if os.environ.get("LOOK", "") in look.name]
    if not only:
        shutil.rmtree(SHOTS, ignore_errors=True)
    SHOTS.mkdir(exist_ok=True)
    with chromium() as browser:
        for look in looks:
            for session in ("", scene.session):
                with context_for(browser, site.url, look, session=session) as context:
                    page = context.new_page()
                    page.on(
                        "console",
                        lambda message: (
                            message.type in ("error", "warning") and print("console:", message.text)
                        ),
                    )
                    for name, path in scene.paths.items():
                        if (name in PAGES_FOR_ANYBODY) != (not session) or (only and name not in only):
                            continue
                        answer = page.goto(path)
                        page.wait_for_timeout(400)
                        height = min(page.evaluate("document.documentElement.scrollHeight"), MOST_PIXELS)
                        clip = {"x": 0, "y": 0, "width": look.width, "height": height}
                        page.screenshot(path=SHOTS / f"{name}-{look.name}.png", clip=clip, full_page=True)
                        found = [f"{overflow(page)} px wider than the window"] if overflow(page) > 0 else []
                        found += grave_faults(page)
                        print(answer.status, name, look.name, *found)
                        faults += [f"{name} {look.name}: {fault}" for fault in found]
    assert faults == []
