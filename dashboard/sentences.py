"""The computed sentences: each heading answers the question of its page or panel with the numbers shown beneath."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from dashboard.drawing.bands import RISING, Band, Edges
from dashboard.words import count_word, counted, level_words, of_all, sentence, share_words
from gap_scores.board import Board, CustomerGap, FunctionRow, LevelView, RequirementDetail, RequirementRow, TargetView
from scoring.charts import Assurance
from web.templatetags.show import fixed, listed

FELT_ENOUGH = 0.5

# ---- The circle


def circle_answer(board: Board) -> str:
    """Which function hurts customers most, and how much of the whole that is."""
    worst = most_points(board.functions)
    if board.withheld:
        return "Too few customers to show."
    if board.overall is None:
        who = "Nobody of this segment" if board.scope.dimension else "Nobody"
        return f"{who} was heard yet, so no gap is known."
    if worst is None:
        lo, hi = fixed(board.overall.lo), fixed(board.overall.hi)
        return f"The overall gap lies between {lo} and {hi}: too few answers to say which function hurts most."
    if not worst.points:
        return "Every customer who was heard is served: the overall gap is 0."
    return (
        f"{worst.name} hurts customers most: {fixed(worst.points, 1)} of the {fixed(board.overall.gap, 1)} points "
        "of overall gap are its own."
    )


def circle_notes(board: Board) -> list[str]:
    """What else must be known before anybody believes the circle."""
    if board.overall is None and board.scope.dimension:
        return []
    silent = [row.name for row in board.functions if row.own is None and not row.too_few]
    few = [row.name for row in board.functions if row.too_few]
    notes = []
    worst = most_points(board.functions)
    if worst is not None and worst.points:
        reached = [row.name for row in board.functions if row.bottleneck_id == worst.function_id and row is not worst]
        if reached:
            notes.append(f"It also sets what customers meet in {listed(reached)}.")
    if silent:
        verb = "has" if len(silent) == 1 else "have"
        notes.append(f"{listed(silent)} {verb} no data; nobody was heard about {'it' if len(silent) == 1 else 'them'}.")
    if few:
        verb = "has" if len(few) == 1 else "have"
        notes.append(f"{listed(few)} {verb} too few customers of this segment to show; what they pass on is left out.")
    if board.points_on_little >= 0.05:
        notes.append(f"{fixed(board.points_on_little, 1)} points rest on fewer than 5 effective answers.")
    if board.overall is not None and not board.use_recorded:
        notes.append("Nobody's product use is recorded, so every requirement counts for the whole register.")
    return notes


def most_points(functions: Iterable[FunctionRow]) -> FunctionRow | None:
    """Return the function with most points among those with enough answers to be ranked."""
    known = [row for row in functions if row.points is not None and row.is_rankable]
    return max(known, key=lambda row: (row.points or 0.0, -row.position), default=None)


def bands_answer(bands: Sequence[Band], noun: str) -> str:
    """Return 'Two of nine dots are severe, five have a gap, one is on watch, one has no data.'"""
    if not bands:
        return f"There is no {noun} yet."
    counts = Counter(bands)
    found = [(band, counts[band]) for band in (*reversed(RISING), Band.NONE) if counts[band]]
    (first, many), *rest = found
    if many == len(bands):
        start = {1: f"the only {noun}", 2: f"both {noun}s"}.get(many, f"all {count_word(many)} {noun}s")
    else:
        start = f"{of_all(many, len(bands))} {noun}s"
    parts = [
        f"{start} {_is_in(first, many)}",
        *(f"{count_word(number)} {_is_in(band, number)}" for band, number in rest),
    ]
    return sentence(", ".join(parts)) + "."


def _is_in(band: Band, count: int) -> str:
    one = count == 1
    return {
        Band.SEVERE: "is severe" if one else "are severe",
        Band.GAP: "has a gap" if one else "have a gap",
        Band.WATCH: "is on watch" if one else "are on watch",
        Band.SERVED: "is served" if one else "are served",
        Band.NONE: "has no data" if one else "have no data",
    }[band]


def top_answer(shown: Sequence[RequirementRow], overall: float | None) -> str:
    if overall is None or not shown:
        return "No requirement has a score yet."
    points = sum(row.points or 0.0 for row in shown)
    verb = "makes" if len(shown) == 1 else "make"
    return (
        f"{sentence(counted(len(shown), 'requirement'))} {verb} {fixed(points, 1)} of the {fixed(overall, 1)} points."
    )


def requirements_answer(count: int, points: float, overall: float | None, *, felt_only: int) -> str:
    """What the listed requirements carry of the overall gap."""
    if overall is None:
        return "No requirement has a score yet: nobody was heard."
    if not count:
        return f"None of the {fixed(overall, 1)} points of overall gap lies here."
    verb = "makes" if count == 1 else "make"
    these = f"{sentence(counted(count, 'requirement'))} {verb} {fixed(points, 1)} of the {fixed(overall, 1)} points"
    if not felt_only:
        return f"{these}; the level of each is measured."
    if felt_only == count:
        return f"{these}; none has a measured level, they are felt only."
    return f"{these}; {count_word(felt_only)} {'is' if felt_only == 1 else 'are'} felt only."


def heard_answer(share: float | None, silent: Sequence[str], quiet: Sequence[str]) -> str:
    """Who was not heard, as loudly as who was; silent: regions with no voice, quiet: those heard to less than half."""
    if share is None:
        return "The register holds no such customers yet."
    said = f"Customers with {share_words(share)} of value were heard in 12 months."
    if silent:
        said += f" Nobody was heard in {listed(silent)}."
    if quiet:
        said += f" {listed(quiet)} {'is' if len(quiet) == 1 else 'are'} mostly silent."
    return said


# ---- One function


def function_answer(row: FunctionRow, requirements: Sequence[RequirementRow], *, yours: bool) -> str:
    """Why the dot has its colour; requirements: those that may be named, most points first."""
    whose, its = ("Your", "your") if yours else ("Its", "its")
    if row.own is None:
        about = "your function" if yours else row.name
        few = f"Too few customers of this segment were heard about {about} to show it."
        return few if row.too_few else f"No data: nobody was heard about {about}."
    if row.is_internal:
        return f"{whose} gap is {fixed(row.own)}, as internal customers see it; no outside customer was heard."
    if not row.is_rankable:
        lo, hi = fixed(row.own_lo), fixed(row.own_hi)
        return f"{whose} gap lies between {lo} and {hi}: too few answers for one number."
    if not row.points:
        return f"{whose} gap is 0: every customer who was heard is served."
    heavy = _heaviest(requirements)
    if not heavy:
        return f"{whose} gap is {fixed(row.own)}; each requirement alone has too few answers to show."
    points = sum(each.points or 0.0 for each in heavy)
    these = listed([f"‘{each.statement}’" for each in heavy])
    verb = "makes" if len(heavy) == 1 else "make"
    return f"{whose} gap is {fixed(row.own)}. {these} {verb} {fixed(points, 1)} of {its} {fixed(row.points, 1)} points."


def _heaviest(rows: Sequence[RequirementRow]) -> Sequence[RequirementRow]:
    """The first requirement that can be ranked, and the second where it weighs nearly as much."""
    ranked = [row for row in rows if row.is_rankable]
    first, second = ranked[:1], ranked[1:2]
    if second and (second[0].points or 0.0) >= 0.6 * (first[0].points or 0.0) and len(rows) > 2:
        return [*first, *second]
    return first


def function_advice(requirements: Sequence[RequirementRow], edges: Edges) -> str:
    """Where not to spend: what is served already."""
    served = [row.statement for row in requirements if row.score and edges.band(row.score.gap) is Band.SERVED]
    if not served:
        return ""
    if len(served) == 1:
        return f"‘{served[0]}’ is served: do not spend there."
    return f"{sentence(counted(len(served), 'requirement'))} are served: do not spend there."


def metrics_answer(signals: Sequence[str], late: Sequence[str]) -> str:
    """How the function's metrics run; signals: 'none', 'better', 'worse' or '' for one that cannot be charted."""
    if not signals:
        return "No metric measures this function yet."
    worse, better = signals.count("worse"), signals.count("better")
    parts = []
    if worse:
        parts.append(f"{counted(worse, 'metric')} gave a signal for the worse")
    if better:
        parts.append(f"{counted(better, 'metric')} gave a signal for the better")
    if not parts:
        parts.append(f"no signal in the newest points of {counted(len(signals), 'metric')}")
    if late:
        parts.append(f"{counted(len(late), 'metric')} {'waits' if len(late) == 1 else 'wait'} for a measurement")
    return sentence("; ".join(parts)) + "."


def reach_answer(row: FunctionRow, names: Mapping[int, str], *, yours: bool) -> str:
    """What reaches customers through this function, and where it starts."""
    if row.transmitted is None:
        return "Nothing is known to reach customers through it."
    own = "your own" if yours else "its own"
    if row.received < 0.5:
        return f"{fixed(row.transmitted)}: no supplier passes on more than {own} gap."
    start = names.get(row.path[0], "") if row.path else ""
    reached = fixed(row.transmitted)
    if row.own is None:
        return f"{reached} reaches customers through it, all of it from {start}."
    return f"{reached}, more than {own} {fixed(row.own)}. The path starts in {start}."


def tie_note(row: FunctionRow, names: Mapping[int, str], *, yours: bool) -> str:
    """Why no single bottleneck is named."""
    tied = [names[each] for each in row.tied if each in names]
    if len(tied) < 2:
        return ""
    others = listed([name for name in tied if name != names.get(row.function_id)])
    advice = "Look at both before you act."
    if row.function_id in row.tied:
        advice = f"Fix {'yours' if yours else 'its own'}, and ask {others}."
    return f"Which gap is larger is within noise, so the bottleneck is tied: {listed(tied)}. {advice}"


def neglect_answer(row: FunctionRow) -> str:
    its = row.neglect
    heard = "no customer was ever heard about it" if its.heard_days is None else f"heard {its.heard_days}\u00a0d ago"
    measured = "nothing was ever measured" if its.measured_days is None else f"measured {its.measured_days}\u00a0d ago"
    return f"{sentence(heard)}, {measured}."


def neglect_mark(row: FunctionRow) -> str:
    """What the clock on a dot stands for; nothing where nothing is overdue."""
    its = row.neglect
    if its.is_unheard and row.own is not None:
        return f"last heard {its.heard_days}\u00a0d ago"
    if its.measured_days is not None and its.is_unmeasured:
        return f"measured {its.measured_days}\u00a0d ago"
    return "no measurement" if its.is_unmeasured and row.own is not None else ""


# ---- One requirement


def requirement_answer(detail: RequirementDetail, currency: str = "") -> str:
    score, unit = detail.row.score, detail.row.unit
    if score is None:
        return "No data: nobody was heard about this requirement."
    level = main_level(detail.row)
    if level is None or score.share_met is None:
        felt = "" if score.share_felt is None else f"{share_words(score.share_felt)} of customers' weight feels served"
        why = "no metric measures the level" if detail.row.has_scale else "it has no scale, so it is felt only"
        return f"{felt}; {why}." if felt else sentence(f"{why}.")
    served = (
        f"At {level_words(level.value, unit, currency)}, {share_words(score.share_met)} of customers' weight is served."
    )
    if detail.wanted_level is None or score.share_met >= detail.wanted_share:
        return served
    needed = level_words(detail.wanted_level, unit, currency)
    return f"{served} To serve {share_words(detail.wanted_share)} it takes {needed}."


def main_level(row: RequirementRow) -> LevelView | None:
    """The measured level to name: of all parts, of the first product."""
    return next((level for level in row.levels if not level.part), None)


def curve_answer(steps: Sequence[tuple[str, float]], served: float | None) -> str:
    """Which steps are worth most; steps: (level in words, share of weight newly served) beyond what is served now."""
    if served is not None and served >= 0.995:
        return "Every stated level is reached; a better one would be worth nothing more."
    if not steps:
        return "No better level was asked for."
    largest = sorted(steps, key=lambda step: -step[1])[:2]
    chosen = [step for step in steps if step in largest]
    gain = sum(share for _, share in chosen)
    if len(chosen) == 1:
        return f"One step matters: {chosen[0][0]} serves {share_words(gain)} more."
    return f"Two steps matter: {listed([words for words, _ in chosen])}. Together they serve {share_words(gain)} more."


BOXES = {
    "both": ("customers are served and feel it", "The largest box is good news"),
    "met_only": ("served but not felt: tell them", "The largest box is a communication problem"),
    "felt_only": ("felt but not served: tolerance that you live on", "The largest box is luck"),
    "neither": ("neither served nor felt", "The largest box is a real problem"),
}


def boxes_answer(four: Mapping[str, float] | None) -> str:
    if four is None:
        return "Nobody's answer has both halves: a level that can be compared, and what is felt."
    kind = max(four, key=lambda each: (four[each], each))
    words, verdict = BOXES[kind]
    return f"{verdict}: {share_words(four[kind])} {words}."


def watermelon(row: RequirementRow, target: TargetView | None, currency: str = "") -> str:
    """Green outside, red inside, or the reverse: the metric and the customers disagree."""
    level, score = main_level(row), row.score
    if level is None or score is None or target is None or score.share_felt is None:
        return ""
    on_target = target.is_reached_at(level.value)
    goal = level_words(target.target, row.unit, currency)
    if on_target and score.share_felt < FELT_ENOUGH:
        return (
            f"On target and not felt: we reach {goal}, but only {share_words(score.share_felt)} of weight feels served."
        )
    if not on_target and score.share_felt >= target.wanted_share:
        return f"Off target and felt: we miss {goal}, yet {share_words(score.share_felt)} of weight feels served."
    return ""


def looser_target(detail: RequirementDetail, currency: str = "") -> tuple[str, str] | None:
    """The rule 'customer before internal', where it applies: a headline and its reason."""
    if not detail.target_is_looser or detail.target is None:
        return None
    goal = level_words(detail.target, detail.row.unit, currency)
    served, wanted = share_words(detail.share_at_target), share_words(detail.wanted_share)
    reason = f"Meeting it would serve {served} of weight, below the {wanted} that we want."
    return (
        f"Our target of {goal} is looser than what customers need.",
        f"{reason} The gap is computed with the customers' levels.",
    )


def worst_answer(firm: Sequence[tuple[str, str, str]]) -> str:
    """Who is clearly served worse than all together; firm: (line, dimension, gap), the worst first."""
    if not firm:
        return "No group is clearly served worse than all together."
    name, dimension, gap = firm[0]
    return f"{dimension} ‘{name}’ is served worst: its gap is {gap}, clearly above that of all."


def words_answer(count: int, customers: int) -> str:
    if not count:
        return "Nobody's words are coded to this requirement yet."
    return f"{sentence(counted(count, 'passage'))} of {counted(customers, 'customer')} stand behind it."


# ---- One metric


@dataclass(frozen=True, slots=True)
class Course:
    """How a metric runs: its mean in words, the newest signal ('better', 'worse' or ''), whether limits are firm."""

    centre: str
    signal: str = ""
    is_firm: bool = True


def metric_answer(
    course: Course | None, *, level: str, customers: str, served: str, assurance: Assurance | None
) -> str:
    """What the process does, and whether that is enough; course None: there are too few periods for a chart."""
    if not level:
        return "Nothing was measured yet."
    if course is None:
        enough = f"At {level}, {served} of customers' weight is served" if served else f"It was measured at {level}"
        return f"{enough}; too few periods to say whether it is stable."
    moves = f"It got {course.signal} against a mean of {course.centre}"
    if not course.signal:
        moves = f"{'It' if course.is_firm else 'So far it'} is stable at {course.centre}"
    if assurance is None:
        return f"{moves}; no level that customers need is known."
    if assurance is Assurance.WILL:
        return f"{moves} and will reach the {customers} that customers need."
    if assurance is Assurance.MAY:
        return f"{moves} and reaches the {customers} that customers need only now and then."
    last = "" if course.signal else " Only a change of the process helps."
    return f"{moves} and will not reach the {customers} that customers need.{last}"


def points_answer(signals: int, points: int, signal: str, *, is_newest: bool) -> str:
    """What the last points say; is_newest: whether the newest is a signal, signal: its way if it has one."""
    if not points:
        return "There is nothing to chart yet."
    if signal:
        return f"The newest points are a signal for the {signal}."
    if is_newest:
        return "The newest points are a signal."
    if not signals:
        return f"No signal in {counted(points, 'point')}: it varies as it always does."
    return f"{sentence(counted(signals, 'signal'))} in {counted(points, 'point')}, none in the newest."


# ---- One customer


def needs_answer(unserved: int, answers: int) -> str:
    if not answers:
        return "Nothing that they said counts yet."
    if not unserved:
        return f"{sentence(counted(answers, 'answer'))}, none of them unserved."
    return f"{sentence(of_all(unserved, answers))} answers are not fully served; what weighs most comes first."


def customer_answer(name: str, gaps: Sequence[CustomerGap]) -> str:
    compared = [each for each in gaps if each.entry.met is not None or each.entry.felt is not None]
    if not gaps:
        return f"{name} was not heard yet."
    if not compared:
        return f"{name} was heard, but nothing that was said can be compared yet."
    missing = [each for each in compared if each.unserved > 0]
    if not missing:
        return f"{name} is served in all that can be compared: {counted(len(compared), 'answer')}."
    answers = "answer" if len(compared) == 1 else "answers"
    part = of_all(len(missing), len(compared))
    return f"{name} is not fully served in {part} {answers}; ‘{missing[0].statement}’ weighs most."
