"""URLs of pages that combine several domains."""

from django.urls import path

from .administration import administration
from .landing import landing
from .styleguide import styleguide

urlpatterns = [
    path("", landing, name="landing"),
    path("site", administration, name="site_administration"),
    path("styleguide", styleguide, name="styleguide"),
]
