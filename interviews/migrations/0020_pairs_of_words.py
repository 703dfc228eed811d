"""Which words follow each other is in PostgreSQL's index, too: a phrase of common words is found by its pairs.

The index is made anew outside of a transaction, so that nobody waits for it."""

from django.db import migrations

PAIRS = """
    CREATE OR REPLACE FUNCTION words_vector(tokens text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
        SELECT array_to_tsvector(coalesce(
            array_agg(word) || coalesce(array_agg(word || ' ' || next) FILTER (WHERE next IS NOT NULL), '{}'), '{}'
        ))
        FROM (
            SELECT word, lead(word) OVER (ORDER BY place) AS next
            FROM unnest(string_to_array(tokens, ' ')) WITH ORDINALITY AS said(word, place) WHERE word <> ''
        ) AS followed
    $$
"""
WORDS = """
    CREATE OR REPLACE FUNCTION words_vector(tokens text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
        SELECT coalesce(string_agg(quote_literal(word) || ':' || place, ' '), '')::tsvector
        FROM unnest(string_to_array(tokens, ' ')) WITH ORDINALITY AS said(word, place) WHERE word <> ''
    $$
"""


def index(apps, schema_editor):
    anew(schema_editor, PAIRS)


def unindex(apps, schema_editor):
    anew(schema_editor, WORDS)


def anew(schema_editor, function):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(function, params=None)
        schema_editor.execute("REINDEX INDEX CONCURRENTLY interviews_verbatim_words", params=None)


class Migration(migrations.Migration):
    atomic = False
    needs_no_downtime = "the function that words are looked up by keeps its name and still answers for single words"
    dependencies = [
        ("interviews", "0019_handed_over"),
    ]

    operations = [
        migrations.RunPython(index, unindex),
    ]
