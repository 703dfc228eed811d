from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('gap_scores', '0002_snapshot_functions'),
    ]

    operations = [
        migrations.AddField(
            model_name='projectionstate',
            name='lineage',
            field=models.CharField(default='', help_text='another one after each restore: numbers come again with another meaning', max_length=32),
        ),
    ]
