"""Writes what the example adds to the survey: respondents.csv, words.csv, kano.csv,
loyalty.csv and measurements.csv in by_hand/.

None of it comes from the survey's company. The tables below are ours; which respondent gets which entry is drawn with
seeds that depend on the respondent alone, so every run writes the same bytes. Run: python examples/make_by_hand.py
"""

# ruff: noqa: S311  # the draws must be repeatable, not unguessable

import csv
import math
from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random

HERE = Path(__file__).resolve().parent
SURVEY = HERE / "data" / "abc_b2b_satisfaction.csv"
BY_HAND = HERE / "by_hand"

# ---- Who answered

STEMS = {
    "Germany": "Albers Brandis Conradi Dornfeld Eickhoff Falkenau Gerlach Hollmann Isenburg Jansky Kastner Lindau "
    "Merkens Nordhoff Ostermann Pallas Quandel Rebholz Seiffert Thalheim Uhlenbrock Vossberg Wendland Zellweger",
    "UK": "Ashdown Barlow Copthorne Dunmore Eastleigh Farrow Greenhalgh Harbour Inglewood Kestrel Lockwood Marlow",
    "Italy": "Alberghini Bassani Corvino Dellarosa Fontanella Galvano Lucentini Montefeltro Ortensi Pratolini",
    "Benelux": "Aalders Bovenkamp Coster Duinhof Elsevoort Hoogland Kuipers",
    "Israel": "Arava Barkan Carmelit Dafna Galil Hermonit",
    "France": "Aubrac Beauval Cassandre Delorme",
}
TRADES = {
    "Germany": ["Druck", "Etiketten", "Verpackung", "Medien", "Werbung"],
    "UK": ["Print", "Labels", "Packaging", "Publishing", "Design"],
    "Italy": ["Stampa", "Etichette", "Imballaggi", "Editoria", "Grafica"],
    "Benelux": ["Drukwerk", "Etiketten", "Verpakking", "Uitgeverij", "Reclame"],
    "Israel": ["Printing", "Labels", "Packaging", "Media", "Graphics"],
    "France": ["Imprimerie", "Etiquettes", "Emballages", "Editions", "Graphique"],
}
INDUSTRY_OF_TRADE = ["C", "C", "C", "J", "M"]  # printing, labels, packaging; publishing; advertising and design
FIRST_NAMES = {
    "Germany": "Anke Bernd Carola Dieter Elke Frank Gudrun Holger Ines Jens",
    "UK": "Alison Brian Carol Derek Emma Fraser Gillian Harry Isla Jack",
    "Italy": "Alba Bruno Carla Dario Elena Franco Giulia Ivano Livia Marco",
    "Benelux": "Anouk Bas Cor Dirk Els Femke Gijs Hanna Ivo Joke",
    "Israel": "Adi Boaz Dalia Eyal Gal Hila Itai Lior Maya Noam",
    "France": "Agathe Benoit Claire Denis Elise Fabien Helene Jules Louise Marc",
}
LAST_NAMES = {
    "Germany": "Ahrens Bode Cordes Drews Ebert Fink Gross Hahn",
    "UK": "Abbott Bell Carter Dale Ellis Frost Grant Hill",
    "Italy": "Amato Bellini Conti Ferri Gallo Leone Marini Neri",
    "Benelux": "Bakker Claes Dekker Goossens Jacobs Maas Peeters Smit",
    "Israel": "Alon Biran Dayan Eilat Golan Harel Katz Lavi",
    "France": "Blanc Colin Dupuis Fabre Girard Lemoine Morel Petit",
}
EMPLOYEES = [(6, 1), (18, 3), (35, 4), (80, 5), (140, 5), (220, 3), (410, 3), (1200, 1)]  # number, how often
VALUE_BANDS = [("Key account", 1), ("Large", 4), ("Standard", 12), ("Small", 5)]
LIFECYCLES = [("current", 22), ("past", 2), ("prospective", 1)]
COLLEAGUE_OF_TEN = 1.4  # how many of ten respondents share the customer of an earlier one
NEWEST = (2026, 1)
MONTHS_AGO = [0, 0, 1, 1, 2, 2, 3, 3, 4, 8, 9, 9, 10, 10, 11]  # second survey, then first
# Since how many months ago each round's interviews were held; the last one is still in the field.
ROUNDS = ((8, "First survey"), (2, "Second survey"), (0, "Winter survey"))

# ---- Required levels in the metric's unit, strict ones first, with how often each is asked for

TOLERANCES = {
    8: ([50, 100, 200, 500, 1000], [6, 16, 30, 32, 16]),
    9: ([99, 98, 97, 95, 92, 90], [6, 12, 16, 30, 24, 12]),
    12: ([2, 4, 8, 24, 48], [5, 15, 30, 38, 12]),
    21: ([4, 8, 12, 24, 48], [10, 22, 24, 34, 10]),
    22: ([2, 4, 8, 12, 24, 48, 72], [2, 8, 26, 19, 29, 12, 4]),
    23: ([1, 2, 5, 8, 10, 15], [6, 12, 30, 12, 28, 12]),
    28: ([100, 98, 95, 90], [6, 22, 44, 28]),
    32: ([99, 98, 95, 92, 90, 85], [8, 18, 34, 8, 22, 10]),
    35: ([0.5, 1, 2, 3, 5, 8], [6, 14, 24, 28, 18, 10]),
    46: ([99.9, 99.5, 99, 98], [8, 32, 40, 20]),
    51: ([100, 99, 98, 96, 95, 90], [8, 22, 26, 12, 22, 10]),
    52: ([1, 2, 5, 8, 10, 15], [8, 14, 30, 18, 20, 10]),
}
SUPPLIES = (32, 33, 34, 35, 36, 37, 63)

# ---- What they said: the items it is about, how satisfied the speaker is with the first, the words

LOW, MIDDLE, HIGH = ("1", "2"), ("3",), ("4", "5")
SAID = [
    ([22], LOW, "We run at night. If the press stops at ten, I need it back before six, or the trucks leave empty."),
    ([22], LOW, "Your clock says solved, ours says we lost the shift. Twenty hours is a whole day of jobs."),
    ([22, 9], LOW, "Three stoppages in a month, each a day. We started to send the rush jobs to somebody else."),
    ([22], LOW, "The ticket is closed when the part is ordered. For us it is closed when the press prints."),
    ([22], LOW, "Nobody told us how long it would take. We could have moved the jobs if we had known."),
    ([22], MIDDLE, "Within a shift we can live with it. Over a shift we call our customers and apologise."),
    ([22], HIGH, "Stopped at nine, printing after lunch. That is what we pay the contract for."),
    ([23], LOW, "The same head failed three times. Each visit was friendly and none of them found the cause."),
    ([23], LOW, "A repair that holds two weeks is not a repair."),
    ([23], HIGH, "When they fix something it stays fixed. I have no list of old faults any more."),
    ([21], LOW, "The engineer comes from another country. Before he has left home our deadline is over."),
    ([21], MIDDLE, "Next morning is fine for us. Next morning at eleven is already late."),
    ([21], HIGH, "Four hours from the call to the door, on a Friday."),
    ([18], LOW, "The hotline closes at five. Our second shift begins at four."),
    ([18], HIGH, "A person picks up, and it is a person who knows presses."),
    ([20], LOW, "He read the manual on our floor. We could have done that."),
    ([20], HIGH, "She knew our machine better than we do."),
    ([19], HIGH, "They clean up after themselves and ask before they switch anything off."),
    ([24], HIGH, "I can explain a fault in my own language. It sounds small and saves an hour."),
    ([9], LOW, "We plan twenty hours and get seventeen. I cannot sell the other three."),
    ([9], HIGH, "It runs when the plan says it runs. We stopped keeping a reserve day."),
    ([8], LOW, "At full speed we see bands in the dark tints, so we never print at full speed."),
    ([8], HIGH, "First sheet good, last sheet good. Our customers stopped asking for proofs."),
    ([6], LOW, "Half of our stock needs a trick that only one operator knows."),
    ([7], LOW, "The last upgrade moved the buttons. It did not make anything faster."),
    ([7], HIGH, "The new queue saved us a morning a week."),
    ([10], LOW, "For each new stock we call somebody. We want to set it up ourselves."),
    ([12], LOW, "I asked for an offer on Monday and bought from somebody else on Thursday."),
    ([12], HIGH, "I write in the morning and have an answer before lunch."),
    ([13], LOW, "They offered us a machine for work that we do not do."),
    ([13], HIGH, "He knows what we print and when our season is."),
    ([14], LOW, "The salesman promised two weeks for the installation. It became nine."),
    ([14], HIGH, "What was in the offer was on the truck."),
    ([15], LOW, "Our third contact in two years, and each one starts from nothing."),
    ([16], LOW, "Two offers of the same machine and I could not compare them line by line."),
    ([26], HIGH, "The trainer had stood at a press himself. One could tell."),
    ([27], HIGH, "The cards hang at the machine. That is all that we use of the training, and it is enough."),
    ([28], LOW, "The press came in March, the training in May. We learned it the expensive way."),
    ([30], HIGH, "They trained the night shift at night."),
    ([32], LOW, "Ink on Thursday means ink on Thursday. On Friday we stand still."),
    ([32], MIDDLE, "Mostly on the day. When it is not, we hear it from the driver."),
    ([32], HIGH, "I have stopped checking the delivery date."),
    ([33], LOW, "I noticed the wrong colour ten minutes after ordering, and it was already too late to change."),
    ([35], LOW, "One bottle in twenty leaks. We open each of them over a bucket."),
    ([35], HIGH, "Not one bad blanket this year."),
    ([36], LOW, "I order, and only then I learn that it is not there."),
    ([37], LOW, "Express costs double and arrives with the normal delivery."),
    ([45], LOW, "I filled the basket three times and then I phoned."),
    ([46], HIGH, "It is simply there."),
    ([47], LOW, "The manual on the web site is of the machine before ours."),
    ([48], LOW, "I cannot see what has become of my case. I see that it is open. I know that."),
    ([50], LOW, "Everybody understands my problem and nobody may decide it."),
    ([51], LOW, "Every second invoice has a line that we did not order, and I have to find it."),
    ([51], HIGH, "The invoice is right. I pay it the day it comes."),
    ([52], LOW, "The invoice for November came in January, in another year of our books."),
    ([52, 56], LOW, "Late, and with a number that appears in none of our papers."),
    ([53], LOW, "For a credit note I need three reminders and one raised voice."),
    ([54], LOW, "Our auditors gave us a week. Your papers took three."),
    ([55], HIGH, "They answer the question that I asked, and the one that I forgot."),
    ([59], LOW, "The price was fair when it stopped less often."),
    ([60], LOW, "The index clause was on page nineteen."),
    ([61], LOW, "We pay for the contract and then again for the visit."),
    ([63], LOW, "Your ink costs more than our paper."),
    ([64], LOW, "We agreed on one price and were invoiced another. Twice."),
    ([64], HIGH, "What we shook hands on is what is printed on the invoice."),
]

# ---- How customers feel if it is met, and if it is not

FEELINGS = {
    1: "I like it that way", 2: "It must be that way", 3: "I am neutral", 4: "I can live with it that way",
    5: "I dislike it that way",
}  # fmt: skip
TAKEN, WANTED, DELIGHTS, ALL_THE_SAME, BACKWARDS = (2, 5), (1, 5), (1, 3), (3, 3), (4, 1)
CONTRADICTS = (1, 1)
KANO = {  # item: how often which pair of answers
    8: {TAKEN: 9, WANTED: 5, DELIGHTS: 1, ALL_THE_SAME: 1},
    9: {WANTED: 9, TAKEN: 6, DELIGHTS: 2, ALL_THE_SAME: 2},
    22: {TAKEN: 12, WANTED: 5, ALL_THE_SAME: 1},
    23: {TAKEN: 9, WANTED: 6, DELIGHTS: 1, CONTRADICTS: 1},
    24: {ALL_THE_SAME: 9, DELIGHTS: 4, TAKEN: 3, WANTED: 1},
    32: {TAKEN: 7, WANTED: 7, ALL_THE_SAME: 2},
    36: {DELIGHTS: 8, WANTED: 4, ALL_THE_SAME: 4},
    45: {DELIGHTS: 6, WANTED: 5, ALL_THE_SAME: 5, BACKWARDS: 1},
    48: {DELIGHTS: 11, WANTED: 4, ALL_THE_SAME: 2},
    51: {TAKEN: 13, WANTED: 2, ALL_THE_SAME: 1},
    62: {ALL_THE_SAME: 6, DELIGHTS: 3, CONTRADICTS: 2, BACKWARDS: 1},
}
ASKED_IN, LEFT_BLANK = "Winter survey", 0.08

# ---- What the functions measure: rows per month, oldest first, up to the newest month

PROPORTIONS = {  # metric: (months ago of the last row, [(numerator, denominator), ...])
    "Planned hours that ran": (0, [(8148, 8712), (8175, 8704), (8221, 8716), (8160, 8690), (8249, 8740), (8196, 8721)]),
    "Repeat faults within 30 days": (0, [(21, 148), (19, 151), (18, 160), (17, 149), (18, 155), (17, 159)]),
    "Training before go-live": (0, [(60, 62), (63, 64), (58, 60), (66, 67), (59, 60), (57, 58)]),
    "Order lines on the promised day": (
        0, [(1702, 1890), (1746, 1921), (1760, 1934), (1782, 1946), (1755, 1920), (1783, 1954)]),
    "Web site available": (
        8, [(44511, 44640), (40203, 40320), (44488, 44640), (43060, 43200), (44505, 44640)]),
    "Invoices correct the first time": (0, [(598, 630), (611, 640), (604, 628), (613, 636), (610, 634), (611, 634)]),
    "Invoices sent late": (0, [(44, 630), (47, 640), (49, 628), (52, 636), (53, 634), (56, 634)]),
}  # fmt: skip
EARLIER = {  # of the same metrics, before two months in which a new system counted nothing
    "Order lines on the promised day": (8, [
        (1691, 1893), (1693, 1918), (1668, 1902), (1663, 1903), (1609, 1855), (1613, 1840), (1488, 1903), (1667, 1901),
        (1668, 1907), (1604, 1816), (1637, 1867), (1682, 1874), (1689, 1924), (1625, 1843), (1636, 1851), (1599, 1829),
        (1733, 1917), (1720, 1888), (1739, 1918), (1764, 1909), (1654, 1830), (1721, 1901), (1688, 1835), (1760, 1919),
    ]),
}  # fmt: skip
RATES = {"Case studies without a release": (0, [(1, 4), (0, 2), (1, 3), (0, 5), (1, 4), (1, 4)])}
# Right the first time by step, and what readers said of a manual: months ago of the newest, figures.
YIELDS = {
    "Installations right the first time": (
        0,
        {
            "Unpack": [(24, 25), (22, 22), (27, 28), (25, 26), (24, 24), (28, 29)],
            "Connect": [(21, 25), (19, 22), (25, 28), (22, 26), (21, 24), (26, 29)],
            "Test print": [(20, 25), (19, 22), (22, 28), (23, 26), (20, 24), (25, 29)],
        },
    ),
}
SCALES = {"How clear manuals are": (0, ["9/21/34", "7/25/30", "11/19/38", "8/22/41", "6/24/40", "7/20/45"])}
DURATIONS = {  # metric: (months ago of the last row, months, observations a month, median in hours, spread)
    "First reply of sales, P95": (4, 4, 103, 6.0, 0.72),
    "Time to engineer on site, P95": (0, 5, 106, 6.6, 0.45),
    "Time to resolve a stoppage, P95": (0, 6, 71, 8.5, 0.56),
}


WEEKLY = {  # metric: (cases a week, weeks and share one after the other); the newest week is the last whole one
    "Calls answered by an engineer within the hour": (60, [(20, 0.62), (18, 0.82)]),
    "Invoices without a query": (60, [(38, 0.88)]),
    "Order lines picked right the first time": (80, [(18, 0.86), (9, 0.96), (11, 0.86)]),
}
NEWEST_WEEK = date(2026, 1, 25)


def choose(random: Random, weighted):
    """Return one of (value, how often) pairs."""
    total = sum(often for _, often in weighted)
    at = random.random() * total
    for value, often in weighted:
        at -= often
        if at < 0:
            return value
    return weighted[-1][0]


def month_before(months: int) -> tuple[int, int]:
    year, month = divmod(NEWEST[0] * 12 + NEWEST[1] - 1 - months, 12)
    return year, month + 1


def text_of(number: float) -> str:
    return f"{number:g}"


# ---- Respondents


def customer_of(country: str, number: int) -> dict[str, str]:
    """Invent the n-th customer of a country."""
    random = Random(f"{country} {number}")
    stems, trades = STEMS[country].split(), TRADES[country]
    trade = number // len(stems) % len(trades)
    lifecycle = choose(random, LIFECYCLES)
    year, month = month_before(random.randrange(14, 22))
    return {
        "firm": f"{country[:2].upper()}-{number + 1:03d}",
        "company": f"{stems[number % len(stems)]} {trades[trade]}",
        "industry": INDUSTRY_OF_TRADE[trade],
        "employees": str(choose(random, EMPLOYEES)),
        "lifecycle": lifecycle,
        "lifecycle_since": f"{year}-{month:02d}-01" if lifecycle != "current" else "",
        "value_band": choose(random, VALUE_BANDS),
    }


def customers_of(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the customer of each respondent; some share that of an earlier one."""
    made: dict[str, list[dict[str, str]]] = {country: [] for country in STEMS}
    found = []
    for row in rows:
        there, random = made[row["country"]], Random(f"colleague {row['ID']}")
        if there and random.random() * 10 < COLLEAGUE_OF_TEN:
            found.append(there[int(random.random() * len(there))])
            continue
        there.append(customer_of(row["country"], len(there)))
        found.append(there[-1])
    return found


def tolerance(row: dict[str, str], item: int) -> str:
    """Return the level that a respondent asks for: the more satisfied one is, the more one tends to tolerate."""
    satisfaction, random = row[f"q{item}"], Random(f"level {item} {row['ID']}")
    if satisfaction not in {"1", "2", "3", "4", "5"}:
        return ""
    asked = random.random()
    if asked < 0.10:
        return "?" if asked < 0.04 else ""
    levels, often = TOLERANCES[item]
    at = min(0.999, random.random() * (0.72 + 0.085 * int(satisfaction))) * sum(often)
    for level, weight in zip(levels, often, strict=True):
        at -= weight
        if at < 0:
            return text_of(level)
    return text_of(levels[-1])


def respondent(row: dict[str, str], customer: dict[str, str], uses_supplies: set[str]) -> dict[str, str]:
    random, country = Random(f"person {row['ID']}"), row["country"]
    months = MONTHS_AGO[int(random.random() * len(MONTHS_AGO))]
    year, month = month_before(months)
    first, last = FIRST_NAMES[country].split(), LAST_NAMES[country].split()
    number = int(row["ID"])
    return {
        "ID": row["ID"],
        **customer,
        "uses": "Digital press;Supplies" if customer["firm"] in uses_supplies else "Digital press",
        # The survey's seniority, 1 to 5, read as steps of three years.
        "used_since": f"{2024 - 3 * int(row['seniority'] or 3)}-01-01",
        "person": f"{first[number % len(first)]} {last[number // len(first) % len(last)]}",
        "round": next(name for since, name in ROUNDS if months >= since),
        "held_on": f"{year}-{month:02d}-{1 + int(random.random() * 28):02d}",
        **{f"t{item}": tolerance(row, item) for item in TOLERANCES},
    }


def respondents(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    customers = customers_of(rows)
    uses_supplies = {
        customer["firm"]
        for row, customer in zip(rows, customers, strict=True)
        if any(row[f"q{item}"] not in {"", "0"} for item in SUPPLIES)
    }
    found = [respondent(row, customer, uses_supplies) for row, customer in zip(rows, customers, strict=True)]
    first: dict[str, str] = {}
    for each in found:
        # One customer, one date: that of the colleague who comes first in the file.
        each["used_since"] = first.setdefault(each["firm"], each["used_since"])
    return found


# ---- Words


def words(rows: list[dict[str, str]], people: list[dict[str, str]]) -> list[dict[str, str]]:
    """Give each saying to a respondent whose rating agrees with it; nobody says two things."""
    current = {person["ID"] for person in people if person["lifecycle"] != "prospective"}
    used: set[str] = set()
    found = []
    for items, ratings, text in SAID:
        able = [row["ID"] for row in rows if row["ID"] in current - used and row[f"q{items[0]}"] in ratings]
        chosen = able[int(Random(text).random() * len(able))]
        used.add(chosen)
        found.append({"ID": chosen, "words": text, "about": ";".join(f"R-{item:02d}" for item in items)})
    return sorted(found, key=lambda row: int(row["ID"]))


# ---- Kano pairs


def kano_pair(person: str, item: int) -> tuple[str, str]:
    """Return the two answers of a respondent, in words; nothing where the questions were left out."""
    random = Random(f"kano {item} {person}")
    if random.random() < LEFT_BLANK:
        return "", ""
    met, unmet = choose(random, list(KANO[item].items()))
    return FEELINGS[met], FEELINGS[unmet]


def kano_pairs(people: list[dict[str, str]]) -> list[dict[str, str]]:
    found = []
    for person in (each for each in people if each["round"] == ASKED_IN):
        row = {"ID": person["ID"]}
        for item in KANO:
            row[f"k{item} met"], row[f"k{item} not met"] = kano_pair(person["ID"], item)
        found.append(row)
    return found


# ---- NPS and CES


def loyalty(rows: list[dict[str, str]], people: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return how likely each would recommend us, and how easy it was: near to question 1, the overall satisfaction."""
    satisfied = {row["ID"]: int(row["q1"]) for row in rows if row["q1"] in set("12345")}
    found = []
    for person in (each for each in people if each["round"] == ASKED_IN and each["ID"] in satisfied):
        random, said = Random(f"loyalty {person['ID']}"), satisfied[person["ID"]]
        if random.random() < LEFT_BLANK:
            continue
        recommend = min(max(2 * said - 2 + int(random.random() * 5), 0), 10)
        easy = min(max(said + int(random.random() * 4), 1), 7)
        found.append({"ID": person["ID"], "nps": f"{recommend}", "ces": f"{easy}"})
    return found


# ---- Measurements


def monthly(metric: str, last: int, rows: list[tuple[int, int]], columns: tuple[str, str]) -> list[dict[str, str]]:
    found = []
    for months, figures in zip(range(last + len(rows) - 1, last - 1, -1), rows, strict=True):
        year, month = month_before(months)
        found.append({
            "metric": metric,
            "id": f"{metric} {len(found) + 1}",
            "from": f"{year}-{month:02d}-01",
            "to": f"{year}-{month:02d}-{monthrange(year, month)[1]}",
            **dict(zip(columns, map(str, figures), strict=True)),
        })  # fmt: skip
    return found


def by_step(metric: str, last: int, rows: Mapping[str, list[tuple[int, int]]]) -> list[dict[str, str]]:
    """Return a row for each month and step of a yield."""
    found = []
    for step, figures in rows.items():
        its = monthly(metric, last, figures, ("numerator", "denominator"))
        found += [row | {"id": f"{row['id']} {step}", "part": step} for row in its]
    return found


def durations(metric: str, shape: tuple[int, int, int, float, float]) -> list[dict[str, str]]:
    last, months, count, median, spread = shape
    random, found = Random(metric), []
    for ago in range(last + months - 1, last - 1, -1):
        year, month = month_before(ago)
        for _ in range(count):
            # Box and Muller, written out so that the bytes do not depend on a library's version.
            normal = math.sqrt(-2 * math.log(1 - random.random())) * math.cos(2 * math.pi * random.random())
            day = f"{year}-{month:02d}-{1 + int(random.random() * 28):02d}"
            hours = max(0.5, round(median * math.exp(spread * normal) * 2) / 2)
            identity = f"{metric} {len(found) + 1}"
            found.append({"metric": metric, "id": identity, "from": day, "to": day, "value": text_of(hours)})
    return found


def weekly(metric: str, cases: int, stretches: list[tuple[int, float]]) -> list[dict[str, str]]:
    """Return a row for each week: how many of so many cases went well, drawn around the share of its stretch."""
    shares = [share for weeks, share in stretches for _ in range(weeks)]
    random, found = Random(metric), []
    for at, share in enumerate(shares):
        end = NEWEST_WEEK - timedelta(days=7 * (len(shares) - 1 - at))
        found.append({
            "metric": metric,
            "id": f"{metric} {at + 1}",
            "from": (end - timedelta(days=6)).isoformat(),
            "to": end.isoformat(),
            "numerator": str(sum(random.random() < share for _ in range(cases))),
            "denominator": str(cases),
        })  # fmt: skip
    return found


def measurements() -> list[dict[str, str]]:
    found = []
    for metric, (last, rows) in PROPORTIONS.items():
        found += monthly(metric, last, rows, ("numerator", "denominator"))
    for metric, (last, rows) in EARLIER.items():
        earlier = monthly(metric, last, rows, ("numerator", "denominator"))
        found += [row | {"id": f"{row['id']} of the old system"} for row in earlier]
    for metric, (last, rows) in RATES.items():
        found += monthly(metric, last, rows, ("events", "exposure"))
    for metric, (last, steps) in YIELDS.items():
        found += by_step(metric, last, steps)
    for metric, (last, counts) in SCALES.items():
        rows = monthly(metric, last, [(0, 0)] * len(counts), ("counts", "counts"))
        found += [row | {"counts": its} for row, its in zip(rows, counts, strict=True)]
    for metric, shape in DURATIONS.items():
        found += durations(metric, shape)
    for metric, (cases, stretches) in WEEKLY.items():
        found += weekly(metric, cases, stretches)
    return found


FIGURES = ["metric", "id", "from", "to", "value", "numerator", "denominator", "events", "exposure", "part", "counts"]


def tables() -> dict[str, tuple[list[str], list[dict[str, str]]]]:
    """Return the header and the rows of each file."""
    with SURVEY.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    people = respondents(rows)
    return {
        "respondents.csv": (list(people[0]), people),
        "words.csv": (["ID", "words", "about"], words(rows, people)),
        "kano.csv": (["ID", *(f"k{item} {way}" for item in KANO for way in ("met", "not met"))], kano_pairs(people)),
        "loyalty.csv": (["ID", "nps", "ces"], loyalty(rows, people)),
        "measurements.csv": (FIGURES, measurements()),
    }


def write(folder: Path) -> None:
    for name, (header, rows) in tables().items():
        with (folder / name).open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, header, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    write(BY_HAND)
