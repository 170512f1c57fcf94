"""Routes of the OpenAI API."""

from django.urls import path, re_path

from apps.core.web.methods import by_method

from . import files, fine_tuning, model_names, unsupported, uploads

JOB = "v1/fine_tuning/jobs/<str:fine_tune_id>"
UPLOAD = "v1/uploads/<str:file_upload_id>"

urlpatterns = [
    path("v1/files", by_method(get=files.list_files, post=files.create)),
    path("v1/files/<str:file_id>", by_method(get=files.retrieve, delete=files.delete)),
    path("v1/files/<str:file_id>/content", by_method(get=files.content)),
    path("v1/uploads", by_method(post=uploads.create)),
    path(f"{UPLOAD}/parts", by_method(post=uploads.add)),
    path(f"{UPLOAD}/complete", by_method(post=uploads.complete)),
    path(f"{UPLOAD}/cancel", by_method(post=uploads.cancel)),
    path("v1/fine_tuning/jobs", by_method(get=fine_tuning.list_jobs, post=fine_tuning.create)),
    path(JOB, by_method(get=fine_tuning.retrieve)),
    path(f"{JOB}/cancel", by_method(post=fine_tuning.cancel)),
    path(f"{JOB}/pause", by_method(post=fine_tuning.pause)),
    path(f"{JOB}/resume", by_method(post=fine_tuning.resume)),
    path(f"{JOB}/events", by_method(get=fine_tuning.list_events)),
    path(f"{JOB}/checkpoints", by_method(get=fine_tuning.list_checkpoints)),
    path("v1/models", by_method(get=model_names.list_models)),
    path("v1/models/<path:model_name>", by_method(get=model_names.retrieve, delete=model_names.delete)),
    path("v1", unsupported.other),
    re_path(r"^v1/(?P<rest>.+)$", unsupported.other),
]
