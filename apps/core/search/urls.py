"""URLs of site-wide search."""

from django.urls import path

from . import views

urlpatterns = [
    path("search", views.results, name="search"),
    path("fragments/search", views.palette, name="search_palette"),
]
