from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("metrics", "0004_measurements_by_day")]

    operations = [
        migrations.AddIndex(
            model_name="measurement",
            index=models.Index(
                condition=models.Q(("is_current", True)),
                fields=["source", "id"],
                name="measurement_current_by_source",
            ),
        ),
        migrations.AddIndex(
            model_name="measurement",
            index=models.Index(
                condition=models.Q(("is_current", True)), fields=["part", "id"], name="measurement_current_by_part"
            ),
        ),
    ]
