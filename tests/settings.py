"""The site's settings with one additional app for tests."""

from ecosystem.settings import *  # noqa: F403
from ecosystem.settings import INSTALLED_APPS as APPS

INSTALLED_APPS = [*APPS, "tests.quick_flush"]
