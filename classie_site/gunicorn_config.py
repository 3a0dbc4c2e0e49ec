"""How gunicorn serves the site; its own option: -c python:classie_site.gunicorn_config"""

import gc
import os

_host = os.environ.get("BIND") or "127.0.0.1"
_port = os.environ.get("PORT") or "8000"
bind = f"[{_host}]:{_port}" if ":" in _host else f"{_host}:{_port}"

workers = 2
threads = 8
timeout = 30
graceful_timeout = 30
keepalive = 75  # the default of 2 s breaks requests that come on a connection just closed
max_requests = 5000
max_requests_jitter = 500
limit_request_line = 4094
preload_app = True  # the workers share the code's memory
control_socket_disable = True
# Pages and the API answer within ten seconds or say that they cannot; commands and workers may
# take as long as they need. The settings read it, and the code is loaded after this file.
os.environ.setdefault("STATEMENT_TIMEOUT_MS", "10000")


def when_ready(server: object) -> None:
    """Keep the collector from touching, and so copying, the memory that workers share."""
    gc.collect()
    gc.freeze()
