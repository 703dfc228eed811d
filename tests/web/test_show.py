from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from web.templatetags import show

NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "places", "written"),
    [
        (44.18, 1, "44.2"),
        (0.5, 0, "0"),
        (1.5, 0, "2"),
        (Decimal("2.675"), 2, "2.68"),
        (-0.04, 1, "0.0"),
        (-3, 1, "−3.0"),
        (1234567, 0, "1234567"),
        (None, 2, ""),
    ],
)
def test_numbers_have_the_decimals_that_were_asked_for(value, places, written):
    assert show.fixed(value, places) == written


def test_a_share_is_written_as_per_cent_that_no_line_break_tears():
    assert show.percent(0.634) == "63\u00a0%"
    assert show.percent(Decimal("0.0905"), 1) == "9.0\u00a0%"
    assert show.percent(None) == ""


@pytest.mark.parametrize(
    ("value", "written"), [(Decimal("8.50"), "8.5"), (Decimal("1E+3"), "1000"), (Decimal("0.10"), "0.1"), (None, "")]
)
def test_an_exact_number_is_as_short_as_it_is(value, written):
    assert show.plain(value) == written


def test_a_day_has_its_iso_date_in_the_title():
    html = show.day(date(2026, 11, 3))

    assert html == '<time datetime="2026-11-03" title="2026-11-03">3\u00a0Nov\u00a02026</time>'


def test_a_moment_is_shown_in_the_time_zone_of_the_program():
    with timezone.override("Europe/Berlin"):
        html = show.moment(NOON)

    assert 'title="2026-03-16T13:00+01:00"' in html
    assert html.endswith("16\u00a0Mar\u00a02026, 13:00</time>")


@pytest.mark.parametrize(
    ("span", "written"),
    [
        (timedelta(seconds=59), "59\u00a0s"),
        (timedelta(seconds=119), "119\u00a0s"),
        (timedelta(minutes=119), "119\u00a0min"),
        (timedelta(hours=2), "2\u00a0h"),
        (timedelta(hours=47), "47\u00a0h"),
        (timedelta(days=4, hours=23), "4\u00a0d"),
        (timedelta(seconds=-1), "0\u00a0s"),
        (90, "90\u00a0s"),
        (None, ""),
    ],
)
def test_a_duration_is_in_the_unit_that_people_say(span, written):
    assert show.duration(span) == written


def test_an_age_says_never_for_what_did_not_happen():
    assert show.days(4) == "4\u00a0d"
    assert show.days(None) == "never"
    assert show.ago(None, NOON) == "never"


def test_how_long_ago_is_a_time_element():
    html = show.ago(NOON - timedelta(minutes=3), NOON)

    assert html == '<time datetime="2026-03-16T11:57+00:00" title="2026-03-16T11:57+00:00">3\u00a0min ago</time>'
    assert show.ago(NOON - timedelta(seconds=1), NOON).endswith(">just now</time>")


def test_options_are_escaped_and_one_is_chosen():
    its = show.options([("", "none"), ('1"', "<b>"), ("2", "two")], "2")

    assert its == (
        '<option value="">none</option><option value="1&quot;">&lt;b&gt;</option>'
        '<option value="2" selected>two</option>'
    )
