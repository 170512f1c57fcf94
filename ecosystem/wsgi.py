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

from apps.core.web.http import StreamedRequest

from .lingering import with_lingering_close

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecosystem.settings")


def load_dotted_names() -> None:
    """Import what settings name by string, and every template tag library."""
    engine = Engine.get_default()
    engine.get_template_loaders(engine.loaders)
    names = (
        settings.REFUSAL_VIEW,
        settings.MESSAGE_STORAGE,
        settings.SESSION_SERIALIZER,
        settings.CACHES["default"]["BACKEND"],
        "psycopg_pool.ConnectionPool",
    )
    for name in (*names, *engine.context_processors):
        import_string(name)


def warm_up() -> None:
    """Load views, URL patterns and translations before the fork, so that first requests are fast."""
    import_module("ecosystem.urls")
    load_dotted_names()
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
warm_up()
