"""URLs of the app: the REST API, then the pages."""

from .api.urls import urlpatterns as api_urls
from .page_urls import urlpatterns as page_urls

urlpatterns = [*api_urls, *page_urls]
