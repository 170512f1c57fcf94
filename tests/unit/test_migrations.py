"""A database of an older version is migrated or refused, never mistaken for a new one."""

import pytest
from django.core.management import CommandError
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from ecosystem.services import prepare

pytestmark = pytest.mark.django_db


def test_a_database_that_knows_all_migrations_that_became_one_has_nothing_to_do():
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("repos", "0001_repos")

    prepare.migrate()

    assert ("repos", "0013_regular_bytes") in recorder.applied_migrations()


def test_a_database_between_them_is_refused():
    recorder = MigrationRecorder(connection)
    recorder.record_unapplied("repos", "0001_repos")
    recorder.record_unapplied("repos", "0013_regular_bytes")

    with pytest.raises(CommandError, match="0013_regular_bytes"):
        prepare.migrate()
