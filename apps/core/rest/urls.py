"""URLs of the root of the REST API, its OpenAPI document and its reference page."""

from django.urls import path

from .index import ApiIndex
from .views import OpenApiDocument, api_docs

urlpatterns = [
    path("api/v1", ApiIndex.as_view(), name="api_index"),
    path("api/v1/openapi.json", OpenApiDocument.as_view(), name="api_schema"),
    path("api/v1/docs", api_docs, name="api_docs"),
]
