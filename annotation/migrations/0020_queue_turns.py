"""Shares of the queue's turns, audit grants drawn by amount, and what a waiting grant covers."""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.lookups
from django.db import migrations, models


def keep_shares(apps, schema_editor):
    """The random share was one of the pool; now it is one of all turns, some being audit's.

    Those are as large as the audit stream, up to half of all, so that both end together.
    """
    for site in apps.get_model("annotation", "SiteSettings").objects.all():
        site.audit_turns = min(0.5, site.audit_share)
        of_pool = 1 - site.audit_turns
        # Rounding must not take more than there is.
        site.random_share = min(of_pool, max(0.1, round(of_pool * site.random_share, 4)))
        # Of the rest two fifths, as in the mix that a new site starts with.
        site.coverage_share = round((of_pool - site.random_share) * 0.4, 4)
        site.save()


def drop_shares(apps, schema_editor):
    for site in apps.get_model("annotation", "SiteSettings").objects.all():
        site.random_share = min(1.0, round(site.random_share / (1 - site.audit_turns), 4))
        site.save()


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0019_keys_and_undone_skips'),
    ]

    operations = [
        migrations.AddField(
            model_name='queueitem',
            name='covers',
            field=models.ForeignKey(blank=True, db_index=False, help_text='the category with few examples whose words its text speaks most', null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='annotation.category'),
        ),
        migrations.AddField(
            model_name='queueitem',
            name='covers_score',
            field=models.FloatField(blank=True, help_text='probability of that category by its words alone, 0 to 1', null=True),
        ),
        migrations.AddField(
            model_name='sitesettings',
            name='audit_drawing',
            field=models.CharField(choices=[('uniform', 'Every grant with the same chance'), ('amount', 'In proportion to the amount')], default='uniform', help_text='In proportion to the amount, sums of money come out several times more exact from as many grants; figures about grants come out a little less exact.', max_length=7, verbose_name='How the audit stream is drawn'),
        ),
        migrations.AddField(
            model_name='sitesettings',
            name='audit_turns',
            field=models.FloatField(default=0.1, help_text='Share of turns that go to the audit stream. As large as the stream itself, both end together.', verbose_name='Audit in the queue'),
        ),
        migrations.AddField(
            model_name='sitesettings',
            name='audit_usual_amount',
            field=models.FloatField(default=50000.0, help_text='Used only with the second choice above: a grant of this amount is drawn with the share of the audit stream, one of twice the amount with twice the chance. The mean of your grants keeps the stream at its share. Amounts of all currencies count as they stand.', verbose_name='Usual amount'),
        ),
        migrations.AddField(
            model_name='sitesettings',
            name='coverage_share',
            field=models.FloatField(default=0.18, help_text="Share of turns for grants whose text speaks the words of a category that has few examples, and for what is asked for on a category's page.", verbose_name='Coverage in the queue'),
        ),
        migrations.AddField(
            model_name='sitesettings',
            name='recheck_share',
            field=models.FloatField(default=0.0, help_text='Share of turns for grants that were annotated before, drawn by lot: another person decides them once more without suggestions.', verbose_name='Checks in the queue'),
        ),
        migrations.AddField(
            model_name='sitesettings',
            name='value_share',
            field=models.FloatField(default=0.0, help_text='Share of turns for grants where much money depends on a category that the model is not sure of.', verbose_name='Large amounts in the queue'),
        ),
        migrations.AlterField(
            model_name='queueitem',
            name='stream',
            field=models.CharField(choices=[('new', 'New'), ('random', 'Random'), ('least_confident', 'Least Confident'), ('coverage', 'Coverage'), ('value', 'Value'), ('audit', 'Audit'), ('overlap', 'Overlap'), ('recheck', 'Recheck')], default='new', max_length=20),
        ),
        migrations.AlterField(
            model_name='sitesettings',
            name='random_share',
            field=models.FloatField(default=0.45, help_text='Share of turns drawn by lot. Thresholds, calibration and honest figures need them, so they are never fewer than 10 %.', verbose_name='Random grants in the queue'),
        ),
        migrations.CreateModel(
            name='QueueOrder',
            fields=[
                ('id', models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
                ('wanted', models.PositiveIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0, help_text='what was wanted when it was ordered last')),
                ('last_annotation', models.BigIntegerField(default=0, help_text='key of the newest annotation that it was ordered after')),
            ],
        ),
        migrations.AddField(
            model_name='sitesettings',
            name='order_every',
            field=models.PositiveIntegerField(default=100, help_text='So many annotations after which the beginning of the queue is ordered anew between two nights: categories that have examples by then give way. 0: at night only.', verbose_name='Ordered anew after'),
        ),
        migrations.RunPython(keep_shares, drop_shares),
        migrations.AddConstraint(
            model_name='queueitem',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('covers', None), ('covers_score', None)), models.Q(('covers_score__gte', 0), ('covers_score__lte', 1)), _connector='OR'), name='what_it_covers_has_a_probability'),
        ),
        migrations.AddConstraint(
            model_name='sitesettings',
            constraint=models.CheckConstraint(condition=models.Q(('audit_drawing__in', ['uniform', 'amount'])), name='audit_drawing_is_uniform_or_by_amount'),
        ),
        migrations.AddConstraint(
            model_name='sitesettings',
            constraint=models.CheckConstraint(condition=django.db.models.lookups.LessThanOrEqual(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.Value(0.0), '+', models.F('audit_turns')), '+', models.F('random_share')), '+', models.F('coverage_share')), '+', models.F('value_share')), '+', models.F('recheck_share')), 1.000001), name='turns_of_the_queue_are_no_more_than_all'),
        ),
        migrations.AddConstraint(
            model_name='sitesettings',
            constraint=models.CheckConstraint(condition=models.Q(('audit_usual_amount__gte', 1), ('audit_usual_amount__lte', 1000000000)), name='audit_usual_amount_is_within_limits'),
        ),
        migrations.AddConstraint(
            model_name='sitesettings',
            constraint=models.CheckConstraint(condition=models.Q(('audit_turns__gte', 0.0), ('audit_turns__lte', 0.5)), name='audit_turns_is_within_limits'),
        ),
        migrations.AddConstraint(
            model_name='sitesettings',
            constraint=models.CheckConstraint(condition=models.Q(('coverage_share__gte', 0.0), ('coverage_share__lte', 0.9)), name='coverage_share_is_within_limits'),
        ),
        migrations.AddConstraint(
            model_name='sitesettings',
            constraint=models.CheckConstraint(condition=models.Q(('value_share__gte', 0.0), ('value_share__lte', 0.5)), name='value_share_is_within_limits'),
        ),
        migrations.AddConstraint(
            model_name='sitesettings',
            constraint=models.CheckConstraint(condition=models.Q(('recheck_share__gte', 0.0), ('recheck_share__lte', 0.5)), name='recheck_share_is_within_limits'),
        ),
        migrations.AddConstraint(
            model_name='sitesettings',
            constraint=models.CheckConstraint(condition=models.Q(('order_every__gte', 0), ('order_every__lte', 10000)), name='order_every_is_within_limits'),
        ),
        migrations.AddConstraint(
            model_name='queueorder',
            constraint=models.CheckConstraint(condition=models.Q(('id', 1)), name='the_queue_has_one_order'),
        ),
    ]
