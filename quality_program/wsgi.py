"""The WSGI door, for gunicorn and waitress."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quality_program.settings")
# A page must not hold a database connection for long; jobs may. Settings read this before the first connection.
os.environ.setdefault("PROCESS", "web")

application = get_wsgi_application()
