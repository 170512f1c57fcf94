"""The WSGI application that gunicorn serves."""

import os
from contextlib import suppress
from importlib import import_module

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.template import Engine
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext, override

from apps.core.http import StreamedRequest

from .lingering import with_lingering_close

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecosystem.settings")


def load_named() -> None:
    """Load what is named only in settings, and every template tag."""
    engine = Engine.get_default()
    engine.get_template_loaders(engine.loaders)
    tools = (
        settings.MESSAGE_STORAGE,
        settings.SESSION_SERIALIZER,
        settings.CACHES["default"]["BACKEND"],
        "psycopg_pool.ConnectionPool",
    )
    for name in (*tools, *engine.context_processors):
        import_string(name)


def warm() -> None:
    """Load every view and what views use, compile every address and read every catalogue.

    Else somebody's first request would, in each web process: before they are forked it is done once, and in memory that they share.
    """
    import_module("ecosystem.urls")
    load_named()
    for code, _name in settings.LANGUAGES:
        with override(code):
            gettext("Models")
            with suppress(Resolver404):
                resolve("/-/-/-/-/-/-")
            with suppress(NoReverseMatch):
                reverse("-")


class Handler(WSGIHandler):
    request_class = StreamedRequest


django.setup(set_prefix=False)
application = with_lingering_close(Handler())
warm()
