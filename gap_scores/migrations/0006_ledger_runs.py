from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gap_scores", "0005_kept_splits"),
    ]

    operations = [
        migrations.AddField(
            model_name="projectionstate",
            name="noted_run_id",
            field=models.BigIntegerField(
                db_default=0,
                default=0,
                help_text="the last run that noted which ledgers it worked out; earlier releases do not",
            ),
        ),
        migrations.AddField(
            model_name="requirementscore",
            name="ledger_run_id",
            field=models.BigIntegerField(
                db_default=0, default=0, help_text="the run that last worked out ledger entries of it"
            ),
        ),
    ]
