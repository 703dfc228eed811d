"""An appointment as a calendar file (RFC 5545): one event, in UTC, for a date that a letter names."""

from datetime import UTC, datetime, timedelta

LASTS = timedelta(minutes=30)
LONGEST_LINE = 75


def calendar_file(*, starts_at: datetime, uid: str, summary: str, written_at: datetime) -> str:
    """Return the text of the file; published, so that a mail program offers it and answers nobody."""
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//quality program//invitation//EN", "METHOD:PUBLISH",
        "BEGIN:VEVENT", f"UID:{uid}", f"DTSTAMP:{stamp(written_at)}", f"DTSTART:{stamp(starts_at)}",
        f"DTEND:{stamp(starts_at + LASTS)}", f"SUMMARY:{escaped(summary)}", "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(f"{folded(line)}\r\n" for line in lines)


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def escaped(text: str) -> str:
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def folded(line: str) -> str:
    """Break a line so that none is longer than 75 bytes, and never inside a character."""
    parts: list[str] = []
    part = ""
    for sign in line:
        if len((part + sign).encode()) > LONGEST_LINE - bool(parts):
            parts.append(part)
            part = ""
        part += sign
    return "\r\n ".join([*parts, part])
