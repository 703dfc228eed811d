from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0007_customer_files'),
    ]

    operations = [
        migrations.AddField(
            model_name='job',
            name='attempts',
            # For workers of the release before, who do not name it.
            field=models.PositiveSmallIntegerField(default=0, db_default=0, help_text='how often a worker began it'),
        ),
    ]
