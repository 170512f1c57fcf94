"""URLs of the root of the REST API, its OpenAPI documents and its reference page."""

from django.urls import path

from .index import ApiIndex
from .views import api_docs, openapi_document

urlpatterns = [
    path("api/v1", ApiIndex.as_view(), name="api_index"),
    path("api/v1/openapi.json", openapi_document, name="api_schema"),
    path("api/v1/openapi-workers.json", openapi_document, {"is_internal": True}, name="api_worker_schema"),
    path("api/v1/docs", api_docs, name="api_docs"),
]
