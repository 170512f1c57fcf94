#!/usr/bin/env python
"""Django's command line for Banyan; starts the embedded services for commands that need them."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecosystem.settings")
    try:
        import django
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit("Django is not installed. Run `make up` to set up the environment.") from error
    try:
        from ecosystem.services import services_for
    except ImproperlyConfigured as error:
        raise SystemExit(str(error)) from None

    with services_for(sys.argv[1:]):
        django.setup()
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
