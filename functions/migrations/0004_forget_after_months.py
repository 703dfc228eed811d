import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("functions", "0003_ask_again_days"),
    ]

    operations = [
        migrations.AddField(
            model_name="program",
            name="forget_after_months",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(6),
                    django.core.validators.MaxValueValidator(600),
                ],
                verbose_name="months after which people of past customers are erased",
            ),
        ),
    ]
