"""A test that waits to be killed while a site and a local stack run, for `test_killed_runs`."""

import os
import time
from pathlib import Path


def test_that_waits(site, stack):
    assert site.is_running
    ready = Path(os.environ["READY_FILE"])
    whole = next(folder for folder in stack.folder.parents if folder.name.startswith("banyan-test-"))
    ready.with_suffix(".new").write_text(f"{os.environ['DATA_DIR']}\n{whole}\n")
    ready.with_suffix(".new").rename(ready)
    time.sleep(600)
