from django.db import migrations


class Migration(migrations.Migration):
    """Words that somebody coded before are no longer in the queue."""

    dependencies = [
        ("interviews", "0004_readings_of_words"),
    ]

    operations = [
        migrations.RunSQL(
            "UPDATE interviews_verbatim SET reading = 'coded' WHERE EXISTS "
            "(SELECT 1 FROM interviews_coding WHERE interviews_coding.verbatim_id = interviews_verbatim.id)",
            reverse_sql=migrations.RunSQL.noop,
        ),
    ]
