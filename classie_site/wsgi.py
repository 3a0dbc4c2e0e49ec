"""The WSGI door."""

import os

from django.core.wsgi import get_wsgi_application

from classie_site.warm_up import warm_up

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classie_site.settings")
application = get_wsgi_application()
warm_up()
