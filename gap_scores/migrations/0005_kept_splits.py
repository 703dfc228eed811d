from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gap_scores", "0004_weight_sets"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptSplit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("then", models.CharField(help_text="digest of the earlier snapshot", max_length=64)),
                ("now", models.CharField(help_text="digest of the later snapshot", max_length=64)),
                ("gaps", models.JSONField(help_text="by function, and the whole under 0")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("then", "now"), name="kept_split_once")],
            },
        ),
    ]
