"""What Django puts off until somebody asks: done before anybody does.

Left to the first request of a process, importing the views and reading the templates cost its
reader 0.5 s. Done where the server loads the site, its workers are born with all of it.
"""

from pathlib import Path

from django.conf import settings
from django.template import Engine
from django.template.loader import get_template
from django.urls import reverse


def warm_up() -> None:
    """Import every view and read every page. Asks nothing of the database.

    A process that forks must not have a connection, or its children would share it.
    """
    reverse("annotate")  # to find one address all are read, with their views
    _ = Engine.get_default().template_context_processors
    pages = Path(settings.BASE_DIR) / "templates"
    for page in sorted(pages.rglob("*.html")):
        get_template(page.relative_to(pages).as_posix())
