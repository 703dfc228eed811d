from decimal import Decimal

import pytest

from web.strict_json import StrictJsonError, strict_loads


def test_numbers_keep_every_digit():
    assert strict_loads(b'{"a": 0.1000, "b": [1, -0, 1e2]}') == {"a": Decimal("0.1000"), "b": [1, 0, Decimal("1E+2")]}


def test_characters_outside_of_the_first_plane_are_fine_in_both_spellings():
    assert strict_loads(b'["\\ud83d\\ude00", "\xf0\x9f\x98\x80"]') == ["😀", "😀"]


def test_twenty_levels_are_fine():
    assert strict_loads(b"[" * 20 + b"]" * 20)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "Expecting value at line 1, column 1."),
        (b'{"a": }', "Expecting value at line 1, column 7."),
        (b"[1,]", "Expecting value at line 1, column 4."),
        (b"{'a': 1}", "Expecting property name enclosed in double quotes at line 1, column 2."),
        (b"[NaN]", "NaN is not a number in JSON. Leave the value out, or send null."),
        (b"[-Infinity]", "-Infinity is not a number in JSON. Leave the value out, or send null."),
        (b"1e309", "The number '1e309' is too large, too small or has too many digits."),
        (b"[1E-999999999]", "The number '1E-999999999' is too large, too small or has too many digits."),
        (b"0e999999999", "The number '0e999999999' is too large, too small or has too many digits."),
        (b"-1e-99999999999999999999", "The number '-1e-99999999999999999999' is too large, too small or has"),
        (b"9" * 61, "The number '9999999999999999999999999999999999999999\\u2026' has too many digits."),
        (b"9" * 5000, "The number '9999999999999999999999999999999999999999\\u2026' has too many digits."),
        (
            b"0." + b"1" * 100_000,
            "The number '0.11111111111111111111111111111111111111\\u2026' is too large, too small",
        ),
        (b'{"v": 1, "v": 2}', "The key 'v' is there twice in one object."),
        (b'[{"a": {"b": 1, "b": 1}}]', "The key 'b' is there twice in one object."),
        (b'["a\\u0000b"]', "The character U+0000 cannot be stored."),
        (b'["\\ud800"]', "The character U+D800 cannot be stored."),
        (b'{"\\udfff": 1}', "The character U+DFFF cannot be stored."),
        (b'["\x00"]', "Invalid control character at"),
        (b"\xff\xfe", "The text is not UTF-8: byte 0 does not belong there."),
        (b'["\xed\xa0\x80"]', "The text is not UTF-8: byte 2 does not belong there."),
        (b"[" * 21 + b"]" * 21, "Objects and lists lie more than 20 deep in each other."),
        (b"[" * 100_000, "Objects and lists lie more than 20 deep in each other."),
        (b'{"a":' * 100_000, "Objects and lists lie more than 20 deep in each other."),
        (b"\xef\xbb\xbf[]", "Unexpected UTF-8 BOM"),
    ],
)
def test_a_text_with_no_meaning_or_two_is_refused(body, sentence):
    with pytest.raises(StrictJsonError) as error:
        strict_loads(body)

    assert str(error.value).startswith(sentence)


def test_a_late_duplicate_among_many_keys_is_found_fast():
    names = ",".join(f'"k{number}":1' for number in range(100_000))

    with pytest.raises(StrictJsonError, match="'k0' is there twice"):
        strict_loads(f'{{{names},"k0":2}}'.encode())
