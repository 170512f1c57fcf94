"""The site's settings with two apps for tests: `sample` is all that an app can declare, in one folder."""

from ecosystem.settings import *  # noqa: F403
from ecosystem.settings import INSTALLED_APPS as APPS

INSTALLED_APPS = [
    *APPS,
    "tests.quick_flush",
    "tests.sample",
]
