"""URLs of the OpenAPI document and the reference page."""

from django.urls import path

from .views import OpenApiDocument, api_docs

urlpatterns = [
    path("api/v1/openapi.json", OpenApiDocument.as_view(), name="api_schema"),
    path("api/v1/docs", api_docs, name="api_docs"),
]
