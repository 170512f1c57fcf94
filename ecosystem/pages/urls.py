"""Addresses of the pages that belong to no district."""

from django.urls import path

from .landing import landing
from .styleguide import styleguide

urlpatterns = [
    path("", landing, name="landing"),
    path("styleguide", styleguide, name="styleguide"),
]
