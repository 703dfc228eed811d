import django.core.validators

import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("customers", "0007_opt_out_said_when"),
        ("interviews", "0011_asking_by_mail"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WeightSet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(unique=True, verbose_name='version')),
                ('title', models.CharField(blank=True, max_length=80, verbose_name='name')),
                ('method', models.CharField(choices=[('cells', 'each combination by itself (post-stratified)'), ('margins', 'each division by itself (raked)')], max_length=8, verbose_name='method')),
                ('by_lifecycle', models.BooleanField(default=False, verbose_name='lifecycle')),
                ('by_industry', models.BooleanField(default=False, verbose_name='industry')),
                ('by_region', models.BooleanField(default=False, verbose_name='region')),
                ('by_size_band', models.BooleanField(default=False, verbose_name='size')),
                ('trim_at', models.DecimalField(blank=True, decimal_places=1, max_digits=4, null=True, validators=[django.core.validators.MinValueValidator(Decimal(2))], verbose_name='cut above')),
                ('as_of', models.DateField(verbose_name='as of')),
                ('customers', models.PositiveIntegerField(verbose_name='customers heard')),
                ('n_eff', models.FloatField(verbose_name='effective n')),
                ('design_effect', models.FloatField(verbose_name='design effect')),
                ('trimmed', models.PositiveIntegerField(default=0, verbose_name='cut')),
                ('unheard', models.JSONField(blank=True, default=list, verbose_name='without a voice')),
                ('outside', models.PositiveIntegerField(default=0, verbose_name="heard outside today's register")),
                ('is_active', models.BooleanField(default=False, verbose_name='in use')),
                ('made_at', models.DateTimeField(verbose_name='made')),
                ('made_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-version',),
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('is_active',), name='weight_set_one_in_use')],
            },
        ),
        migrations.CreateModel(
            name='StratumFactor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('customers', models.PositiveIntegerField(verbose_name='customers heard')),
                ('factor', models.DecimalField(decimal_places=6, max_digits=12, validators=[django.core.validators.MinValueValidator(0)], verbose_name='factor')),
                ('stratum', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='customers.stratum')),
                ('weight_set', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='factors', to='interviews.weightset')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('weight_set', 'stratum'), name='stratum_factor_once')],
            },
        ),
    ]
