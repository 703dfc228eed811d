"""Gunicorn behind a proxy that buffers: `gunicorn --config deploy/gunicorn.conf.py quality_program.wsgi`.

Sync workers, because only they are ended by the arbiter when a request hangs in the database.
"""

import os
from pathlib import Path

bind = os.environ.get("BIND") or "0.0.0.0:8000"
workers = int(os.environ.get("WEB_CONCURRENCY") or 4)
worker_class = "sync"
timeout = 20
graceful_timeout = 20
max_requests = 5000
max_requests_jitter = 500
# Its heartbeat file must not wait for a disk.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# It would be a socket in the home folder, which a service has not.
control_socket_disable = True
# The program writes one line per request by itself, without addresses.
accesslog = None
