"""Every route that accepts more than a form declares its limit; this is the complete list."""

import re

from django.conf import settings

from apps.core.web.bodies import FORM_LIMIT_BYTES, body_limit_of, declared_limit, takes_body
from tests.architecture.urls import routes

MIB = 1 << 20
# end of the path: limit in bytes
LONGER = {
    r"^verify$": 5 * MIB,
    r"^v1/files$": 513 * MIB,
    r"^v1/uploads/.*/parts$": 65 * MIB,
    r"^legacy$": settings.PACKAGE_FILE_LIMIT_BYTES + 8 * MIB,
    r"^hooks/mail/": 4 * MIB,
    r"^api/v1/jobs/[^/]+/events$": MIB + (64 << 10),
    r"^api/v1/jobs/[^/]+/results$": 8 * MIB,
    r"^api/v1/jobs/[^/]+/checkpoints$": MIB // 4,
    r"^api/v1/jobs/[^/]+/checkpoint-files/[^/]+$": settings.JOB_CHECKPOINT_LIMIT_BYTES,
    r"^\^xet/.*xorbs\?/": 68 * MIB,
    r"^\^xet/.*shards": 80 * MIB,
    r"info/lfs/objects/batch\$$": 4 * MIB,
    r"info/lfs/objects/\(": settings.UPLOAD_LIMIT_BYTES,
    r"info/lfs/uploads/.*12}\)\$$": 4 * MIB,
    r"info/lfs/uploads/.*number": settings.UPLOAD_LIMIT_BYTES,
    r"/git-upload-pack\$$": 32 * MIB,
    r"/git-receive-pack\$$": settings.UPLOAD_LIMIT_BYTES,
    r"^api/repos/create$": 8 * MIB,
    r"^api/validate-yaml$": 4 * MIB,
    r"^api/.*/paths-info/": 4 * MIB,
    r"^api/.*/preupload/": 8 * MIB,
    r"^api/<kinds:kind>/.*/commit/": settings.COMMIT_LIMIT_BYTES,
    r"^api/v1/.*/avatar$": 4 * MIB,
    r"^api/v1/packages/.*/assets/": settings.PACKAGE_FILE_LIMIT_BYTES,
    r"^api/v1/packages/.*/uploads/": settings.PACKAGE_FILE_LIMIT_BYTES,
    r"^tools/.*/releases/.*/upload$": settings.PACKAGE_FILE_LIMIT_BYTES,
    r"^api/v1/attachments$": 25 * MIB,
    r"^api/v1/jobs/.*/artifacts/<": settings.JOB_ARTIFACT_LIMIT_BYTES,
    r"^(forum/new|feedback/boards/<slug:board>/new(-bug|-security-report)?)$": 50 * MIB,
    r"^(posts/[^/]+/edit|threads/[^/]+/reply)$": 50 * MIB,
    r"^(settings/profile|organizations/[^/]+)/picture$": 4 * MIB + (64 << 10),
    r"^api/v1/repos/.*/files/": settings.UPLOAD_LIMIT_BYTES,
    r"^api/v1/repos/.*/commits$": 16 * MIB,
    r"feedback/boards/<slug:board>/import$": 16 * MIB,
    r"<owner:namespace>/[^/]+/(new|edit)/": 4 * MIB,
    r"<owner:namespace>/[^/]+/upload/": settings.UPLOAD_LIMIT_BYTES,
}


def listed_limit(path: str) -> int:
    return next((limit for pattern, limit in LONGER.items() if re.search(pattern, path)), FORM_LIMIT_BYTES)


def test_every_route_has_the_listed_limit_or_that_of_forms():
    wrong = {
        route.path: body_limit_of(route.view)
        for route in routes()
        if body_limit_of(route.view) != listed_limit(route.path)
    }

    assert wrong == {}


def test_every_listed_route_exists():
    paths = [route.path for route in routes() if declared_limit(route.view) is not None]

    assert [pattern for pattern in LONGER if not any(re.search(pattern, path) for path in paths)] == []


def test_the_default_limit_is_that_of_forms():
    def view(request):
        return None

    assert body_limit_of(view) == FORM_LIMIT_BYTES == MIB
    assert body_limit_of(takes_body(3 * MIB)(view)) == 3 * MIB
    assert body_limit_of(takes_body(lambda: 5 * MIB)(view)) == 5 * MIB
