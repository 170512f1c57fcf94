"""The site's settings, with one app more that only tests have."""

from ecosystem.settings import *  # noqa: F403
from ecosystem.settings import INSTALLED_APPS as APPS

INSTALLED_APPS = [*APPS, "tests.quick_flush"]
