"""What the figures were measured on: no names of machines, only what decides the speed."""

import os
import platform
from importlib.metadata import version

import psycopg2

GIB = 1 << 30


def this_machine(url: str) -> dict[str, str | int]:
    with psycopg2.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = cursor.fetchone()[0].split()[0]
        cursor.execute("SHOW synchronous_commit")
        synchronous = cursor.fetchone()[0]
        cursor.execute("SELECT CURRENT_DATE::text")
        day = cursor.fetchone()[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / GIB),
        "load": round(os.getloadavg()[2]),
        "python": platform.python_version(),
        "postgresql": server,
        "synchronous_commit": synchronous,
        "duckdb": version("duckdb"),
        "pandas": version("pandas"),
        "day": day,
    }
