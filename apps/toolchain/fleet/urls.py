"""URLs of workers."""

from django.urls import path

from . import api, views

urlpatterns = [
    path("site/workers", views.fleet, name="fleet"),
    path("site/workers/<uuid:worker_id>/state", views.change_state, name="worker_state"),
    path("site/workers/<uuid:worker_id>/remove", views.remove, name="worker_remove"),
    path("settings/workers", views.own_workers, name="settings_workers"),
    path("settings/workers/new", views.new_token, name="settings_new_worker_token"),
    path(
        "settings/workers/tokens/<uuid:worker_token_id>/revoke",
        views.revoke,
        name="settings_revoke_worker_token",
    ),
    path("api/v1/workers", api.Workers.as_view(), name="api_workers"),
    path("api/v1/workers/hello", api.WorkerGreeting.as_view(), name="api_worker_hello"),
    path("api/v1/workers/<uuid:worker_id>", api.OneWorker.as_view(), name="api_worker"),
    path("api/v1/workers/<uuid:worker_id>/next", api.WorkerNextJob.as_view(), name="api_worker_next"),
    path("api/v1/worker-tokens", api.WorkerTokens.as_view(), name="api_worker_tokens"),
    path(
        "api/v1/worker-tokens/<uuid:worker_token_id>", api.OneWorkerToken.as_view(), name="api_worker_token"
    ),
]
