"""How pages speak of control charts: names, why one was drawn, what rules see and what they cost."""

from metrics.charting import Charted, Reason
from scoring.capability import NotYet
from scoring.chart_constants import SIGMAS
from scoring.charts import ChartKind
from scoring.rules import IN_CONTROL_ARL, Rules, Signal
from scoring.time_weighted import CUSUM_ARL, EWMA_ARL
from web.templatetags.show import fixed

CHARTS = {
    ChartKind.XMR: "individual values (XmR)",
    ChartKind.XBAR_S: "means and deviations (X-bar, S)",
    ChartKind.XBAR_R: "means and ranges (X-bar, R)",
    ChartKind.P: "shares (p)",
    ChartKind.P_LANEY: "shares, widened (Laney p′)",
    ChartKind.NP: "counts of one size (np)",
    ChartKind.C: "counts (c)",
    ChartKind.U: "rates (u)",
    ChartKind.U_LANEY: "rates, widened (Laney u′)",
    ChartKind.EWMA: "weighted mean (EWMA)",
    ChartKind.CUSUM: "summed deviations (CUSUM)",
}
LIMITS = {
    ChartKind.XMR: "mean ± 2.66 mean moving range",
    ChartKind.XBAR_S: "mean ± 3 standard errors, from the deviations inside periods",
    ChartKind.XBAR_R: "mean ± 3 standard errors, from the ranges inside periods",
    ChartKind.P_LANEY: "widened by what shares vary beyond chance",
    ChartKind.U_LANEY: "widened by what rates vary beyond chance",
    ChartKind.EWMA: "mean ± 3 standard deviations of the weighted mean",
    ChartKind.CUSUM: "five standard deviations up and down",
}
SPREADS = {
    ChartKind.XMR: "Moving range: the difference of each value to the one before",
    ChartKind.XBAR_S: "Standard deviation inside each period",
    ChartKind.XBAR_R: "Range inside each period",
}
REASONS = {
    Reason.SINGLE_VALUES: "One value a period, so each is compared with the one before.",
    Reason.BROKEN_DOWN: "Its parts differ for good, so their mean is charted as one value a period.",
    Reason.PERCENTILE: "The percentile of a period is one value, so each is compared with the one before.",
    Reason.ROLLED: "A product of the steps' yields is no share of one number, so each period is compared with the one "
    "before.",
    Reason.DERIVED: "A formula gives one value a period, so each is compared with the one before.",
    Reason.SUBGROUPS: "Several values a period: how far they lie apart inside one says what is ordinary.",
    Reason.SHARES: "A share of each period, so the limits follow from how many it is of.",
    Reason.RATES: "Events over what they can happen in, so the limits follow from how much that was.",
}
SAME_IN_COUNTS = {
    ChartKind.NP: "Every period is of one size, so counts (np) would have the same points, limits and signals; the "
    "share stays, because targets and what customers need are stated in it.",
    ChartKind.C: "Every period has the same room for events, so counts (c) would have the same points, limits and "
    "signals; the rate stays, because targets and what customers need are stated in it.",
}
CHOSEN = {
    ChartKind.EWMA: "A weighted mean finds small shifts that last. Its points are alike by construction, so only one "
    "beyond a limit is a signal; process limits of single values are wider.",
    ChartKind.CUSUM: "Deviations from the mean are summed up, above and below, until they pass five standard "
    "deviations: it finds small shifts that last. A sum is no level, so no level is drawn beside it.",
}
SIGNALS = {
    Signal.BEYOND_LIMIT: "beyond a limit",
    Signal.RUN_OF_EIGHT: "eight in a row on one side",
    Signal.RUN_OF_NINE: "nine in a row on one side",
    Signal.TWO_OF_THREE: "two of three beyond 2 sigma",
    Signal.FOUR_OF_FIVE: "four of five beyond 1 sigma",
    Signal.TREND_OF_SIX: "six rising or falling",
    Signal.FOURTEEN_ALTERNATE: "fourteen up and down",
    Signal.FIFTEEN_INSIDE: "fifteen close to the mean",
    Signal.EIGHT_OUTSIDE: "eight that avoid the mean",
}
RULES = {
    Rules.DEFAULT: "usual rules",
    Rules.ONE: "limits only",
    Rules.WESTERN_ELECTRIC: "Western Electric",
    Rules.NELSON: "Nelson",
}
WHAT_RULES_SEE = {
    Rules.DEFAULT: "a point beyond a limit, or eight in a row on one side of the mean",
    Rules.ONE: "a point beyond a limit",
    Rules.WESTERN_ELECTRIC: "a point beyond a limit, eight in a row on one side, two of three beyond 2 sigma or "
    "four of five beyond 1 sigma",
    Rules.NELSON: "all eight tests of Nelson, from a point beyond a limit to eight that avoid the mean",
}
COSTS = {ChartKind.EWMA: EWMA_ARL, ChartKind.CUSUM: CUSUM_ARL}
LIMITS_HOLD = "the limits of before hold until there are two periods"
CAPABLE, WITH_ROOM = 1.0, 1.33


def reason_words(chart: Charted) -> str:
    """Say why this chart was drawn."""
    if chart.reason is Reason.CHOSEN:
        return CHOSEN.get(chart.chart.kind, "You chose it; what its kind asks for is one click away.")
    if chart.reason is Reason.OVERDISPERSED:
        times = fixed(max(phase.typical_inflation or 1.0 for phase in chart.chart.phases), 1)
        return (
            f"Subgroups are large, and neighbours lie {times} times as far apart as chance alone explains; limits by "
            "chance would call every point a signal, so they are widened by as much."
        )
    # A chart of counts fits where every period has one size, and then says the same in another unit.
    same = next((words for kind, words in SAME_IN_COUNTS.items() if kind in chart.fitting), "")
    return f"{REASONS[chart.reason]} {same}".strip()


def rules_words(chart: Charted) -> str:
    """Say what is a signal on this chart, and how often a steady process gives one."""
    points = COSTS.get(chart.chart.kind, IN_CONTROL_ARL[chart.rules])
    return (
        f"A signal is {WHAT_RULES_SEE[chart.rules]}. A process that stays as it is gives a false one about every "
        f"{points:.0f} points."
    )


def limits_words(kind: ChartKind) -> str:
    return LIMITS.get(kind, f"mean ± {SIGMAS} standard deviations of chance")


def signal_words(signals: tuple[Signal, ...]) -> str:
    return ", ".join(SIGNALS[each] for each in signals)


def not_yet_words(reason: NotYet, *, points: int, signals: int) -> str:
    """Say why no capability is told; points and signals: of the newest phase."""
    if reason is NotYet.COUNTED:
        return "Counts have no Cpk: what the process can do is its mean, within the limits above"
    if reason is NotYet.TOO_FEW:
        return f"Told from 25 points with the same limits on; there are {points}"
    if reason is NotYet.NO_VARIATION:
        return "No variation was recorded, so nothing can be told"
    count = f"{signals} of {points} points are signals" if signals else "values lie further apart than their limit"
    return f"Not told while {count}: a process that is not steady has none"


def holding_words(index: float) -> str:
    """Say how well a limit is held, by how many half process widths lie between it and the mean."""
    if index >= WITH_ROOM:
        return "held with room to spare"
    if index >= CAPABLE:
        return "just held"
    return "hit and miss" if index >= 0 else "missed more often than not"
