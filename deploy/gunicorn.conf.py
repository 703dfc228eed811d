"""Gunicorn behind a proxy that buffers: `gunicorn --config deploy/gunicorn.conf.py quality_program.wsgi`.

Sync workers, because only they are ended by the arbiter when a request hangs in the database.
"""

import os
import shutil
import tempfile
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

# Each worker counts its requests in a file of its own in here, and whoever is asked for /metrics adds them up.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="quality-metrics-")


def pre_fork(server, worker):
    """Give a worker the lowest free place. The next one takes up its file, so files and sums neither grow nor end."""
    taken = {each.place for each in server.WORKERS.values() if hasattr(each, "place")}
    worker.place = min(set(range(len(taken) + 1)) - taken)


def post_fork(server, worker):
    os.environ["METER_PLACE"] = str(worker.place)


def on_exit(server):
    shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
