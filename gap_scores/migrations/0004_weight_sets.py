from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gap_scores", "0003_lineage"),
        # Every drain asks for the set in use.
        ("interviews", "0012_weight_sets"),
    ]

    operations = [
        migrations.AddField(
            model_name="projectionstate",
            name="weight_set_id",
            field=models.IntegerField(help_text="whose factors are in the sums; null: none", null=True),
        ),
    ]
