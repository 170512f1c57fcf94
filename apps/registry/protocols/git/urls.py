"""Git routes of each repository kind, with and without `.git`."""

from django.urls import re_path

from . import views

REPO = r"^(?:(?P<kind>datasets|spaces|kernels)/)?(?P<namespace>[^/]+)/(?P<name>[^/]+?)(?:\.git)?"

urlpatterns = [
    re_path(rf"{REPO}/info/refs$", views.info_refs),
    re_path(rf"{REPO}/git-upload-pack$", views.upload_pack),
    re_path(rf"{REPO}/git-receive-pack$", views.receive_pack),
]
