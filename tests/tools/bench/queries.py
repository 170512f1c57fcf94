"""Counts the queries of pages: `python -m tests.tools.bench.queries '{"cookie": …, "paths": …}'`."""

from __future__ import annotations

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecosystem.settings")
django.setup()

from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def count_queries(browser: Client, path: str) -> int:
    """Return the queries of a page that was asked for before, as caches answer the first time never."""
    for _ in range(2):
        with CaptureQueriesContext(connection) as captured:
            answer = browser.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
    return len(captured)


def main(cookie: str, paths: dict[str, list[str]]) -> dict[str, list[int]]:
    settings.ALLOWED_HOSTS = ["*"]
    found = {}
    for who, wanted in paths.items():
        browser = Client()
        if who != "anonymous":
            browser.cookies[settings.SESSION_COOKIE_NAME] = cookie
        found[who] = [count_queries(browser, path) for path in wanted]
    return found


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
