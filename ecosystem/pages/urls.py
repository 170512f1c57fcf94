"""Addresses of the pages that belong to no district."""

from importlib import import_module
from importlib.util import find_spec

from django.urls import path

urlpatterns = []
if find_spec("ecosystem.pages.landing"):
    urlpatterns.append(path("", import_module("ecosystem.pages.landing").landing, name="landing"))
if find_spec("ecosystem.pages.styleguide"):
    urlpatterns.append(path("styleguide", import_module("ecosystem.pages.styleguide").styleguide, name="styleguide"))
