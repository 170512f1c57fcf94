"""LFS routes of each repository kind, with and without `.git`."""

from django.urls import re_path

from .batch import batch
from .locks import locks, remove_lock, verify_locks
from .objects import finish, one_object, one_part, unsupported, verify

REPO = r"^(?:(?P<kind>datasets|spaces|kernels)/)?(?P<namespace>[^/]+)/(?P<name>[^/]+?)(?:\.git)?/info/lfs"
UPLOAD = r"(?P<upload_id>[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12})"

urlpatterns = [
    re_path(rf"{REPO}/objects/batch$", batch, name="lfs-batch"),
    re_path(rf"{REPO}/objects/(?P<oid>[0-9a-f]{{64}})$", one_object, name="lfs-object"),
    re_path(rf"{REPO}/verify$", verify, name="lfs-verify"),
    re_path(rf"{REPO}/uploads/{UPLOAD}$", finish, name="lfs-upload"),
    re_path(rf"{REPO}/uploads/{UPLOAD}/(?P<number>[0-9]{{1,5}})$", one_part, name="lfs-part"),
    re_path(rf"{REPO}/locks$", locks, name="lfs-locks"),
    re_path(rf"{REPO}/locks/verify$", verify_locks, name="lfs-locks-verify"),
    re_path(rf"{REPO}/locks/(?P<number>[0-9]{{1,18}})/unlock$", remove_lock, name="lfs-unlock"),
    re_path(rf"{REPO}(?:/.*)?$", unsupported, name="lfs-unsupported"),
]
