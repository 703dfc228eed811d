"""Exit with 0 if the web process beside this one is ready: a container's health check, and what deploy/roll.py asks.

BIND names its port, as it does for gunicorn.
"""

import os
import sys
import urllib.error
import urllib.request

host = (os.environ.get("ALLOWED_HOSTS") or "localhost").split(",")[0].lstrip(".")
port = (os.environ.get("BIND") or "0.0.0.0:8000").rpartition(":")[2]
request = urllib.request.Request(f"http://127.0.0.1:{port}/readyz", headers={"Host": host})  # our own
try:
    with urllib.request.urlopen(request, timeout=8) as response:  # noqa: S310
        sys.exit(0 if response.status == 200 else 1)
except (urllib.error.URLError, OSError) as error:
    sys.exit(f"not ready: {error}")
