"""What a log line may hold: an allow-list, because a deny-list forgets the field that is added next year."""

import re
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

ALLOWED = frozenset(
    {
        "event", "level", "logger", "timestamp", "exception", "request_id", "correlation_id", "user_id", "request",
        "code", "status", "ms", "task", "task_id", "parent_task_id", "run", "function", "count", "seconds", "reason",
        "audit", "digest",
    }
)  # fmt: skip
# A personal link or a one-time key is a secret: the log keeps the kind of page, not the key.
SECRET_PATH = re.compile(r"/(a|u|invitation|accounts/password/reset/key)/[^\s]+")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def keep_allowed_fields(logger: Any, name: str, event: EventDict) -> EventDict:
    """Drop every field that nobody decided to log: addresses, names, bodies, query strings."""
    return {key: value for key, value in event.items() if key in ALLOWED or key.startswith("_")}


def hide_secrets(logger: Any, name: str, event: EventDict) -> EventDict:
    """Cut query strings and link keys out of the request line, control characters out of any text."""
    if isinstance(line := event.get("request"), str):
        event["request"] = SECRET_PATH.sub(r"/\1/…", line.partition("?")[0])
    return {key: CONTROL.sub("", value) if isinstance(value, str) else value for key, value in event.items()}


def tell_where(logger: Any, name: str, event: EventDict) -> EventDict:
    """Say of an exception what kind it is and where it came up, without its words: a database's quotes the row."""
    raised = event.pop("exc_info", None)
    error = sys.exc_info()[1] if raised is True else raised[1] if isinstance(raised, tuple) else raised
    if isinstance(error, BaseException):
        event["exception"] = "".join(places_of(error))
    return event


def places_of(error: BaseException) -> list[str]:
    """Return the frames and the kind of an exception, after those of what it came from."""
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    kind = type(error)
    return [
        *(places_of(before) if before else []),
        *traceback.format_tb(error.__traceback__),
        f"{kind.__module__}.{kind.__qualname__}\n",
    ]


BEFORE_RENDERING: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    tell_where,
    structlog.processors.UnicodeDecoder(),
]


def configure_structlog() -> None:
    """Send structlog's events through standard logging, so that libraries and our code share one line format."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *BEFORE_RENDERING,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logging_config(level: str) -> dict[str, Any]:
    """Return Django's LOGGING: one JSON line per event on standard output."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": BEFORE_RENDERING,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    keep_allowed_fields,
                    hide_secrets,
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stdout"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # django_structlog writes one line per request; Django's own would repeat it with the full path.
            "django.request": {"level": "CRITICAL"},
            "django.server": {"level": "ERROR"},
            # The same for Celery, which repeats the words of an exception in its line.
            "celery.app.trace": {"level": "CRITICAL"},
            "kombu": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "django_celery_beat": {"level": "WARNING"},
            # One line for each declaration of a style sheet that is for drawings, and for each step of a PDF.
            "weasyprint": {"level": "ERROR"},
            "weasyprint.progress": {"level": "ERROR"},
            "fontTools": {"level": "ERROR"},
        },
    }
