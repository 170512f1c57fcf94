"""Folders of objects on disk, in a bucket and in both: storing, keeping, releasing, collecting."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from django.db import connection, transaction
from django.utils import timezone

from apps.core.audit.models import AuditEvent
from apps.core.errors import BadRequest, TooLarge
from apps.core.objects import services
from apps.core.objects.direct_uploads import (
    UPLOADS,
    begin_direct_upload,
    takes_direct_uploads,
    upload_key,
)
from apps.core.objects.errors import MissingBytes, WrongBytes
from apps.core.objects.folders import ObjectFolder, StoredObject, declared_folders
from apps.core.objects.services import collect_folder, collect_orphans
from apps.core.objects.stores import object_store
from tests.api.buckets import Bucket, bucket_server

