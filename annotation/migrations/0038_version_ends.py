"""When the clock of the site was last heard."""


from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0037_coverage_ends'),
    ]

    operations = [
        migrations.CreateModel(
            name='Heartbeat',
            fields=[
                ('name', models.CharField(max_length=20, primary_key=True, serialize=False)),
                ('heard_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('name', 'clock')), name='the_name_of_a_heartbeat_is_known')],
            },
        ),
    ]
