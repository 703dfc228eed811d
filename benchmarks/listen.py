"""A worker's listener in a process of its own: it drains at each ring until its standard input ends."""

import sys

from jobs.bell import Listener


def main() -> None:
    listener = Listener()
    listener.start()
    print("listening", flush=True)
    sys.stdin.read()
    listener.stop()
