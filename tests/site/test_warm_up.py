"""Nobody waits for what a process could have done before it was asked."""

import subprocess
import sys

from tests.conftest import ROOT

FIRST_REQUEST = """if True:
    import sys
    from classie_site.wsgi import application
    from django.db import connection
    from django.template import engines
    from django.test import RequestFactory
    print(connection.connection)
    loaded = set(sys.modules)
    loader = engines["django"].engine.template_loaders[0]
    read = set(loader.get_template_cache)
    request = RequestFactory().get("/sign-in/", headers={"host": "localhost"})
    b"".join(application(request.environ, lambda status, headers, fault=None: print(status)))
    print(sorted(n for n in set(sys.modules) - loaded if n.startswith(("annotation", "rest_"))))
    print(sorted(set(loader.get_template_cache) - read))
"""


def test_the_first_request_imports_no_view_and_reads_no_page(process_environment):
    said = subprocess.run(
        [sys.executable, "-c", FIRST_REQUEST],
        cwd=ROOT,
        env={**process_environment, "PLAIN_STATIC": "1"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=True,
    ).stdout
    assert said.splitlines() == ["None", "200 OK", "[]", "[]"]
