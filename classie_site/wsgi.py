"""The WSGI door."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classie_site.settings")
application = get_wsgi_application()

from classie_site.warm_up import warm_up  # noqa: E402 - Django has to be set up first

warm_up()
