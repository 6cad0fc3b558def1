"""The WSGI application."""

import os

import django
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")

# `manage.py start web` has looked already; another WSGI server has not.
if os.environ.get("HELPDESK_STARTUP_CHECKED") != "1":
    django.setup()
    from helpdesk.startup import refuse_unfit

    refuse_unfit(serves_pages=True)

application = get_wsgi_application()
