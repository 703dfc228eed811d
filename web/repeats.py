"""A POST that may be sent twice: under an Idempotency-Key the second call gets the first one's answer."""

import hashlib
import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from rest_framework.request import Request

from accounts.models import User
from jobs.idempotency import KeyReusedError, answer_once, fingerprint_of
from web.problems import FieldError, Problem, ProblemError, invalid
from web.rendering import plain

IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,100}")
REUSED = "This Idempotency-Key came before with another body. Give each call its own key."


def answered_once(
    request: Request, user: User, act: Callable[[], dict[str, Any]], *, now: datetime
) -> tuple[bytes, bool]:
    """Return the answer of `act`, which writes, and whether it was given to an earlier call; raises 422 for the key
    of another call."""
    return once(request, user, request.get_full_path(), act, now=now, body=lambda: canonical(request.data))


def once(
    request: Request,
    user: User,
    address: str,
    act: Callable[[], dict[str, Any]],
    *,
    now: datetime,
    body: Callable[[], bytes] = bytes,
) -> tuple[bytes, bool]:
    """Do the same for a call whose content is known by `address` and `body`."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        with transaction.atomic():
            return written(act()), False
    fingerprint = fingerprint_of(request.method or "", address, body())
    try:
        return answer_once(user=user, key=checked(key), fingerprint=fingerprint, now=now, act=lambda: written(act()))
    except KeyReusedError:
        raise ProblemError(Problem(422, "key_reused", REUSED)) from None


def written(answer: dict[str, Any]) -> bytes:
    return orjson.dumps(answer, default=plain)


def checked(key: str) -> str:
    if IDEMPOTENCY_KEY.fullmatch(key):
        return key
    message = "An Idempotency-Key has 1 to 100 visible ASCII characters."
    raise ProblemError(invalid([FieldError(message, "invalid", parameter="Idempotency-Key")]))


def canonical(data: Any) -> bytes:
    """Return the same bytes for the same content, whatever its spaces and the order of its keys."""
    return json.dumps(data, sort_keys=True, default=told).encode()


def told(value: Any) -> str:
    """Say of a file what is in it: two of one name are not the same."""
    if not isinstance(value, UploadedFile):
        return str(value)
    digest = hashlib.sha256()
    for piece in value.chunks():
        digest.update(piece)
    value.seek(0)
    return f"{value.name} {digest.hexdigest()}"
