"""URLs of the client protocols, the narrowest paths first."""

from django.urls import include, path

urlpatterns = [
    path("", include("apps.registry.protocols.xet.urls")),
    path("", include("apps.registry.protocols.openai.urls")),
    path("", include("apps.registry.protocols.lfs.urls")),
    path("", include("apps.registry.protocols.git.urls")),
    path("", include("apps.registry.protocols.hub.urls")),
]
