"""Where in AWS trainings may run, who agreed that texts go there, and the jobs that do."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import annotation.models.sagemaker


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0034_backends'),
    ]

    operations = [
        migrations.CreateModel(
            name='SagemakerAccount',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('revision', models.PositiveIntegerField(default=0, editable=False, help_text='counts changes, so that no two cross unnoticed')),
                ('site', models.CharField(default=annotation.models.sagemaker.new_site, editable=False, help_text="tells this site's jobs from those of others in the account", max_length=8)),
                ('region', models.CharField(blank=True, help_text='The AWS region of the bucket, such as ap-southeast-2. Texts are read there.', max_length=25, validators=[django.core.validators.RegexValidator('\\A(?:[a-z]{2}(-[a-z]+)+-\\d{1,2})\\Z', 'Name a region, such as eu-west-1.')])),
                ('bucket', models.CharField(blank=True, help_text='An S3 bucket of yours in that region, which is not public.', max_length=63, validators=[django.core.validators.RegexValidator('\\A(?:[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\\Z', 'A bucket’s name has 3 to 63 small letters, digits, dots and dashes.')])),
                ('prefix', models.CharField(default='classie', help_text='In the bucket; nothing outside of it is touched.', max_length=100, validators=[django.core.validators.RegexValidator('\\A(?:[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*)\\Z', 'Letters, digits, dashes and underscores, with a slash between folders.')], verbose_name='Folder')),
                ('role', models.CharField(blank=True, help_text='What SageMaker may do: the name in full (ARN) of a role with the policy in the documentation.', max_length=2048, validators=[django.core.validators.RegexValidator('\\A(?:arn:aws[a-z-]*:iam::\\d{12}:role/[\\w+=,.@/-]+)\\Z', 'A role’s name in full begins like arn:aws:iam::123456789012:role/.')], verbose_name='Role')),
                ('instance_type', models.CharField(default='ml.c5.xlarge', help_text='On what a training runs. BlazingText uses all processors of one machine.', max_length=60, validators=[django.core.validators.RegexValidator('\\A(?:ml\\.[a-z0-9-]+\\.[a-z0-9-]+)\\Z', 'Name one such as ml.c5.xlarge.')])),
                ('limit_minutes', models.PositiveIntegerField(default=60, help_text='Minutes after which SageMaker ends a training by itself.', verbose_name='Time limit')),
                ('price_an_hour', models.DecimalField(blank=True, decimal_places=3, help_text='Of that instance in that region, from Amazon’s price list, in any currency. None is assumed: without it no cost is estimated.', max_digits=8, null=True, verbose_name='Price of an hour')),
                ('agreed_to', models.TextField(blank=True, editable=False, help_text='the statement as it was when it was ticked')),
                ('agreed_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('agreed_by', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='sagemaker_account_is_one_row'), models.CheckConstraint(condition=models.Q(('limit_minutes__gte', 5), ('limit_minutes__lte', 180)), name='sagemaker_training_has_a_limit', violation_error_message='A training’s limit goes from 5 to 180 minutes.'), models.CheckConstraint(condition=models.Q(('price_an_hour__isnull', True), ('price_an_hour__gt', 0), _connector='OR'), name='sagemaker_price_is_above_nothing', violation_error_message='A price is above 0. Leave it empty if you do not know it.'), models.CheckConstraint(condition=models.Q(models.Q(('agreed_at__isnull', True), ('agreed_by__isnull', True), ('agreed_to', '')), models.Q(models.Q(('agreed_to', ''), _negated=True), ('agreed_at__isnull', False), ('agreed_by__isnull', False)), _connector='OR'), name='sagemaker_agreement_says_who_and_when')],
            },
        ),
        migrations.CreateModel(
            name='SagemakerJob',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=63, unique=True)),
                ('training', models.CharField(help_text="what it is part of, in AWS's tags", max_length=40)),
                ('region', models.CharField(max_length=25)),
                ('bucket', models.CharField(max_length=63)),
                ('prefix', models.CharField(max_length=100)),
                ('instance_type', models.CharField(help_text='on what it was asked to run', max_length=60)),
                ('price_an_hour', models.DecimalField(decimal_places=3, help_text='as it was typed when the job began', max_digits=8, null=True)),
                ('opened_at', models.DateTimeField()),
                ('status', models.CharField(blank=True, help_text="SageMaker's word for it", max_length=20)),
                ('seconds', models.PositiveIntegerField(default=0, help_text='that are paid for')),
                ('problem', models.TextField(blank=True, help_text='why it could not be ended yet, in words')),
                ('look_at', models.DateTimeField(help_text='when it is looked at again')),
                ('closed_at', models.DateTimeField(blank=True, help_text='when it was over and its files were deleted', null=True)),
                ('version', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='sagemaker_jobs', to='annotation.modelversion')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('closed_at__isnull', True)), fields=['look_at'], name='sagemaker_open_jobs')],
            },
        ),
    ]
