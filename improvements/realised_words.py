"""What came true in sentences; pages and the API say the same."""

from improvements.realised import Checkpoint, LevelThen
from improvements.verdict_words import points_words
from scoring.calibration import LEAST, Bias, Ranges, Within
from web.templatetags.show import fixed

RANGES = {
    Ranges.TOO_NARROW: "Ranges are too narrow: fewer than four of five hold what comes true.",
    Ranges.TOO_WIDE: "Ranges are wider than they need to be: more than four of five hold what comes true.",
    Ranges.FITTING: "Nothing says that fewer or more than four of five ranges hold what comes true.",
}

OF_FEW = "of fewer than three people, so not shown"


def within_words(its: Within) -> str:
    """Return '7 of 10 came true within their range: 70 % (40 to 89 %)'; of too few the counts and that."""
    if not its.n:
        return "None can be compared yet"
    said = f"{its.within} of {its.n} came true within {'its' if its.n == 1 else 'their'} range"
    if its.share is None or its.lo is None or its.hi is None:
        return f"{said}; of fewer than {LEAST} that says little"
    return f"{said}: {100 * its.share:.0f}\u00a0% (95\u00a0%: {100 * its.lo:.0f} to {100 * its.hi:.0f}\u00a0%)"


def bias_words(its: Bias | None) -> str:
    if its is None:
        return OF_FEW
    if its.mean is None or its.lo is None or its.hi is None:
        return f"points of {its.n} can be compared; {LEAST} are needed to say more"
    interval = f"(95\u00a0%: {fixed(its.lo, 1)} to {fixed(its.hi, 1)})"
    if its.lo <= 0 <= its.hi:
        return f"{fixed(its.mean, 1)} {interval}: no more and no less promised than came true, as far as can be told"
    way = "more was promised than came true" if its.mean > 0 else "more came true than was promised"
    return f"{fixed(its.mean, 1)} {interval}: {way}"


def level_says(level: LevelThen) -> str:
    """Return how a level came out: within its range, better than all of it, or worse."""
    if level.forecast is None:
        return level.why
    if level.forecast.is_within:
        return "within its range"
    return "better than its range" if level.is_better else "worse than its range"


def points_say(its: Checkpoint) -> str:
    """Return what the levels that came true take off the overall gap, against what was predicted."""
    if its.realised is None:
        return its.why_no_points
    predicted = its.predicted
    said = f"{points_words(its.realised.points)} of the overall gap came true"
    if its.realised.hi > its.realised.points:
        said += f", up to {fixed(its.realised.hi, 1)} if all who are served now come to feel it"
    return f"{said}; predicted: {fixed(predicted.points, 1)} ({fixed(predicted.lo, 1)} to {fixed(predicted.hi, 1)})."
