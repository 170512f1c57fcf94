"""Addresses of the pages that belong to no district."""

from django.urls import path
from django.views.i18n import set_language

from apps.core.doors import Door, door

from .landing import landing
from .styleguide import styleguide

urlpatterns = [
    path("", landing, name="landing"),
    path("styleguide", styleguide, name="styleguide"),
    path("language", door(Door.PUBLIC)(set_language), name="set_language"),
]
