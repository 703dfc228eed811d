"""The verdict on an initiative in sentences; the page, the API and a decision say the same."""

from decimal import Decimal

from improvements.initiative_models import GOING, Initiative
from improvements.judging import Cost, Rival, Verdict
from web.templatetags.show import NO_BREAK, fixed, listed, plain

SEEN = 0.05  # what one decimal shows
UNTOLD = (
    "What it does for customers is for program specialists: too few customers stated what they need of a level that it "
    "changes."
)
NO_DAY_RATE = "no day rate is set in the settings, so nobody knows what its people days cost"
THOUSAND, MILLION = Decimal(1_000), Decimal(1_000_000)


def money_words(amount: Decimal | int, currency: str) -> str:
    """Return '80k EUR', '1.25M EUR', '450 EUR'; what does not come out even in thousands is written out."""
    amount = Decimal(amount)
    for size, letter in ((MILLION, "M"), (THOUSAND, "k")):
        if amount >= size and amount % (size / 100) == 0:
            return f"{plain(amount / size)}{letter}{NO_BREAK}{currency}"
    return f"{amount.normalize():,f}{NO_BREAK}{currency}"


def points_words(points: float) -> str:
    return f"{fixed(points, 1)} point{'' if fixed(points, 1) == '1.0' else 's'}"


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def cost_words(cost: Cost, currency: str) -> str:
    """Say what is known of a cost, part by part, and that the rest is not known."""
    known = [
        f"{money_words(amount, currency)} {when}"
        for amount, when in ((cost.once, "once"), (cost.yearly, "a year"))
        if amount is not None
    ]
    if cost.days is not None:
        known.append(counted_days(cost.days))
    unknown = [
        what
        for amount, what in ((cost.once, "cost once"), (cost.yearly, "cost a year"), (cost.days, "people days"))
        if amount is None
    ]
    said = listed(known) or "nothing of its cost is known"
    return f"{said}; not known: {listed(unknown)}" if unknown and known else said


def counted_days(days: Decimal) -> str:
    return f"{plain(days)} people day{'' if days == 1 else 's'}"


def verdict_sentence(verdict: Verdict, currency: str, *, names_few: bool) -> str:
    """Return the verdict in one sentence, with the best other use of the money in a second one.

    names_few: the reader may be told how many customers, however few they are.
    """
    if verdict.now is None:
        return "Nobody was heard yet, so nobody can say what it does for customers."
    if verdict.initiative.state in GOING:
        return _going(verdict)
    if not verdict.is_told:
        return UNTOLD
    said = [_does(verdict, currency, names_few=names_few), _instead(verdict, currency)]
    return " ".join(filter(None, said))


def _going(verdict: Verdict) -> str:
    """What was believed of it: once its level is reached, it gains nothing any more."""
    began = "It is running" if verdict.initiative.state == Initiative.State.RUNNING else "It is done"
    return (
        f"{began}; believed when it was decided: {verdict.believed}"
        if verdict.believed and verdict.is_told
        else f"{began}."
    )


def _does(verdict: Verdict, currency: str, *, names_few: bool) -> str:
    if not verdict.served:
        if verdict.gain.points <= -SEEN:
            return f"Serves no customer requirement and makes others worse: {_course(verdict)}."
        return "Serves no customer requirement."
    whom = _whom(verdict, names_few=names_few)
    if verdict.gain.points <= -SEEN:
        return f"Makes customers worse off in all, although it may serve {whom}: {_course(verdict)}."
    verb = "Serves" if verdict.gain.points >= SEEN else "May serve"
    return f"{verb} {whom}; {_course(verdict)}; {_ratio(verdict, currency)}."


def _whom(verdict: Verdict, *, names_few: bool) -> str:
    those = counted(len(verdict.served), "requirement")
    if verdict.is_of_few and not names_few:
        return f"{those} of too few customers to count"
    return f"{those} of {counted(verdict.customers, 'customer')}"


def _course(verdict: Verdict) -> str:
    now, gain = verdict.now or 0.0, verdict.gain
    then, lo, hi = (fixed(max(now - each, 0.0), 1) for each in (gain.points, gain.hi, gain.lo))
    return f"overall gap {fixed(now, 1)} → {then} ({lo} to {hi})"


def _ratio(verdict: Verdict, currency: str) -> str:
    """Without a known cost there are points, and no ratio."""
    if verdict.per_100k is not None:
        return f"{points_words(verdict.per_100k)} per 100k{NO_BREAK}{currency}"
    gained = points_words(verdict.gain.points)
    if verdict.cost.money is None:
        priced = f": {NO_DAY_RATE}" if verdict.cost.lacks_day_rate else ""
        return f"{gained}, at a cost that is not known{priced}"
    return f"{gained} for no money"


def _instead(verdict: Verdict, currency: str) -> str:
    rival, money = verdict.rival, verdict.cost.money
    if money is None:
        return ""
    if rival is None or rival.gain.points < SEEN:
        if verdict.gain.points <= -SEEN:
            return "Doing nothing is better."
        return "" if verdict.gain.points >= SEEN else "Nothing else that is proposed does more for the same money."
    if not verdict.served:
        return f"The best use of {money_words(money, currency)} now is {rival_words(rival)}."
    return f"For the same money: {rival_words(rival)}."


def rival_words(rival: Rival) -> str:
    return f"{listed(rival.names)}, {points_words(rival.gain.points)}"


def reach_sentence(verdict: Verdict) -> str:
    """What the circle makes of it, which is never mixed with what customers gain directly."""
    if verdict.now is None or not verdict.is_told:
        return ""
    if abs(verdict.reach) < SEEN:
        return "Through the circle nothing changes in what reaches customers."
    way = "less" if verdict.reach > 0 else "more"
    return f"Through the circle {points_words(abs(verdict.reach))} {way} reach customers."
