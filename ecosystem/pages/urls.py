"""URLs of pages that combine several domains."""

from django.urls import path

from .landing import landing
from .styleguide import styleguide

urlpatterns = [
    path("", landing, name="landing"),
    path("styleguide", styleguide, name="styleguide"),
]
