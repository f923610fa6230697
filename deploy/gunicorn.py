"""gunicorn: two workers of four threads, loaded once (docs/decisions/hot-paths.md)."""

import os

bind = os.environ.get("BIND", f"127.0.0.1:{os.environ.get('PORT', '8000')}")
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True
timeout = 60
graceful_timeout = 15
keepalive = 5
max_requests = 20000
max_requests_jitter = 2000
accesslog = None
errorlog = "-"
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
limit_request_line = 8190


def post_fork(server, worker):
    """A forked worker opens connections of its own."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()


def when_ready(server):
    """Before the workers are forked: load all that they need, once, and let them share its memory pages."""
    import gc

    import redis  # noqa: F401 - 20 MB that the cache imports on its first use
    from django.template.loader import get_template
    from django.urls import get_resolver

    def load(patterns):
        for pattern in patterns:
            load(getattr(pattern, "url_patterns", ()))

    load(get_resolver().url_patterns)
    for name in ("base.html", "portal.html"):
        get_template(name)
    gc.collect()
    gc.freeze()
