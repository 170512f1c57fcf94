"""URLs of pages that combine several domains."""

from django.urls import path

from .administration import administration
from .landing import landing
from .quick_start import quick_start
from .styleguide import styleguide

urlpatterns = [
    path("", landing, name="landing"),
    path("api/v1/docs/start", quick_start, name="api_quick_start"),
    path("site", administration, name="site_administration"),
    path("styleguide", styleguide, name="styleguide"),
]
