"""When two customers look like one: names, web domains and countries compared without what people write differently."""

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

# Legal forms, as they stand at the end of a name; dots and blanks inside of them are gone by then.
LEGAL_FORMS = frozenset((
    "ab", "ag", "aps", "as", "asa", "bv", "co", "company", "corp", "corporation", "cv", "doo", "eg", "ek", "eu", "eurl",
    "gbr", "gesmbh", "gmbh", "inc", "incorporated", "kft", "kg", "kgaa", "lda", "limited", "llc", "llp", "lp", "ltd",
    "ltda", "mbh", "nv", "ohg", "oy", "oyj", "plc", "pte", "pty", "pvt", "sa", "sarl", "sas", "se", "sl", "snc", "spa",
    "srl", "sro", "ug", "und",
))  # fmt: skip
# What anybody's address can have says nothing about a company.
FREE_MAIL = frozenset((
    "aol.com", "free.fr", "gmail.com", "gmx.at", "gmx.ch", "gmx.de", "gmx.net", "googlemail.com", "hotmail.com",
    "icloud.com", "laposte.net", "libero.it", "live.com", "mail.ru", "outlook.com", "orange.fr", "proton.me",
    "t-online.de", "web.de", "yahoo.com", "yandex.ru",
))  # fmt: skip
# Letters that no decomposition brings to plain ones; umlauts are written both ways, so both become the short one.
PLAIN = str.maketrans(
    {"ß": "ss", "ø": "o", "œ": "oe", "æ": "ae", "đ": "d", "ł": "l", "&": " ", "+": " ", "'": "", "’": ""}
)
UMLAUTS = re.compile("(?<=[a-z])?(ae|oe|ue)")
DOTTED = re.compile(r"\b((?:[a-z]\.){2,})")
WORDS = re.compile(r"[^\W_]+")


class Likeness(IntEnum):
    """How surely two are one customer."""

    NONE = 0
    PERHAPS = 1
    SURE = 2


class Mark(NamedTuple):
    """By what a customer is recognised: name and domain as `name_mark` and `domain_mark` give them, ISO country."""

    name: str
    domain: str
    country: str


@lru_cache(maxsize=4096)
def name_mark(name: str) -> str:
    """Return a name without case, accents, punctuation and legal forms: 'Müller & Co. KG' is 'muller'."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(PLAIN))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = DOTTED.sub(lambda found: found[1].replace(".", ""), plain)
    words = WORDS.findall(UMLAUTS.sub(lambda found: found[1][0], plain))
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    return " ".join(words[1:] if len(words) > 1 and words[0] == "the" else words)


@lru_cache(maxsize=4096)
def domain_mark(domain: str) -> str:
    """Return a web domain without scheme, 'www.', path and port; '' for one that everybody has."""
    host = re.split(r"[/?#:]", re.sub(r"^[a-z]+://", "", domain.strip().casefold()), maxsplit=1)[0]
    host = host.rpartition("@")[2].strip(".").removeprefix("www.")
    return "" if host in FREE_MAIL else host


def mark_of(*, name: str, domain: str, country: str) -> Mark:
    return Mark(name_mark(name), domain_mark(domain), country.upper())


def likeness(one: Mark, other: Mark) -> tuple[Likeness, str]:
    """Return how surely two marks are of one customer, and why in words.

    SURE: the same name, the same domain or country, and nothing that speaks against it.
    PERHAPS: the same name with nothing beside it, or the same domain under another name in no other country.
    """
    is_other_domain = bool(one.domain and other.domain) and one.domain != other.domain
    is_other_country = bool(one.country and other.country) and one.country != other.country
    same = [
        word
        for word, here, there in zip(("name", "domain", "country"), one, other, strict=True)
        if here and here == there
    ]
    words = ", ".join(f"same {word}" for word in same)
    if "name" in same:
        if is_other_domain or is_other_country:
            return (Likeness.PERHAPS, words) if "domain" in same else (Likeness.NONE, "")
        return (Likeness.SURE if len(same) > 1 else Likeness.PERHAPS), words
    if "domain" in same and not is_other_country:
        return Likeness.PERHAPS, f"{words}, other name"
    return Likeness.NONE, ""
