"""URLs of the OpenAPI documents and the reference page."""

from django.urls import path

from .views import api_docs, openapi_document

urlpatterns = [
    path("api/v1/openapi.json", openapi_document, name="api_schema"),
    path("api/v1/openapi-workers.json", openapi_document, {"is_internal": True}, name="api_worker_schema"),
    path("api/v1/docs", api_docs, name="api_docs"),
]
