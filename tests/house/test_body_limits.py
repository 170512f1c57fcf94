"""Every address that takes more than a form says how much, and this is the whole list of them."""

from django.conf import settings
from django.test import RequestFactory

from apps.core.bodies import FORM_LIMIT_BYTES, body_limit_of, body_limits, check_body, declared_limit, takes_body
from tests.house.urls import routes

MIB = 1 << 20
UPLOAD, COMMIT = settings.UPLOAD_LIMIT_BYTES, settings.COMMIT_LIMIT_BYTES
