"""The WSGI application that gunicorn serves."""

import os
from importlib import import_module

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecosystem.settings")
application = get_wsgi_application()
# Every view is loaded now, not in somebody's first request.
import_module("ecosystem.urls")
