"""The test harness: a folder per run, and a flush that empties the tables."""

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command

from apps.users.accounts.models import User
from ecosystem import env
from tests.makers import the_cast


def test_a_run_has_a_folder_of_its_own(settings, tmp_path):
    assert settings.TESTING
    assert env.DATA_DIR.name.startswith("banyan-test-")
    assert any(folder.name.startswith("banyan-test-") for folder in tmp_path.parents)


@pytest.mark.django_db(transaction=True)
def test_a_flush_leaves_no_rows_but_those_that_migrations_made():
    the_cast()
    permissions = Permission.objects.count()

    call_command("flush", interactive=False, verbosity=0)

    assert not User.objects.exists()
    assert Permission.objects.count() == permissions > 0
