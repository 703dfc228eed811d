"""Words as they are looked up. Who changes this table later on SQLite makes it anew, and its triggers go with the old one:
put them back in the same migration (`tests/interviews/test_search.py` finds nothing otherwise)."""

import re
import unicodedata

from django.db import migrations, models

WORD = re.compile(r"[^\W_]+")
AT_ONCE = 2_000
POSTGRESQL = (
    # Takes words that are split already: the server's own parser and its dictionaries have no say in it.
    """
    CREATE FUNCTION words_vector(tokens text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT coalesce(string_agg(quote_literal(word) || ':' || place, ' '), '')::tsvector
        FROM unnest(string_to_array(tokens, ' ')) WITH ORDINALITY AS said(word, place) WHERE word <> ''
    $$
    """,
    "CREATE INDEX interviews_verbatim_words ON interviews_verbatim USING gin (words_vector(tokens))",
)
SQLITE = (
    # 'ascii' parts at blanks only, as nothing else but letters and digits stands there.
    """
    CREATE VIRTUAL TABLE interviews_word_index USING fts5(
        tokens, content='interviews_verbatim', content_rowid='id', tokenize='ascii'
    )
    """,
    """
    CREATE TRIGGER interviews_word_index_insert AFTER INSERT ON interviews_verbatim BEGIN
        INSERT INTO interviews_word_index (rowid, tokens) VALUES (new.id, new.tokens);
    END
    """,
    """
    CREATE TRIGGER interviews_word_index_delete AFTER DELETE ON interviews_verbatim BEGIN
        INSERT INTO interviews_word_index (interviews_word_index, rowid, tokens) VALUES ('delete', old.id, old.tokens);
    END
    """,
    """
    CREATE TRIGGER interviews_word_index_update AFTER UPDATE OF tokens ON interviews_verbatim BEGIN
        INSERT INTO interviews_word_index (interviews_word_index, rowid, tokens) VALUES ('delete', old.id, old.tokens);
        INSERT INTO interviews_word_index (rowid, tokens) VALUES (new.id, new.tokens);
    END
    """,
    "INSERT INTO interviews_word_index (interviews_word_index) VALUES ('rebuild')",
)
UNDO = {
    "postgresql": ("DROP INDEX interviews_verbatim_words", "DROP FUNCTION words_vector(text)"),
    "sqlite": (
        "DROP TRIGGER interviews_word_index_insert",
        "DROP TRIGGER interviews_word_index_delete",
        "DROP TRIGGER interviews_word_index_update",
        "DROP TABLE interviews_word_index",
    ),
}
DO = {"postgresql": POSTGRESQL, "sqlite": SQLITE}


def tokens_of(text):
    found = WORD.findall(unicodedata.normalize("NFC", text))
    return " ".join(filter(None, ("".join(WORD.findall(word.casefold()))[:64] for word in found)))


def split(apps, schema_editor):
    verbatims = apps.get_model("interviews", "Verbatim").objects.order_by("pk")
    last = 0
    while rows := list(verbatims.filter(pk__gt=last)[:AT_ONCE]):
        for row in rows:
            row.tokens = tokens_of(row.text)
        verbatims.bulk_update(rows, ["tokens"])
        last = rows[-1].pk


def index(apps, schema_editor):
    for statement in DO[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def unindex(apps, schema_editor):
    for statement in UNDO[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    dependencies = [
        ("interviews", "0006_second_readings"),
    ]

    operations = [
        migrations.AddField(
            model_name="verbatim",
            name="tokens",
            field=models.TextField(blank=True, db_default="", default="", editable=False),
        ),
        migrations.RunPython(split, migrations.RunPython.noop),
        migrations.RunPython(index, unindex),
    ]
