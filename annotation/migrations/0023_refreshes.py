"""Refreshes: versions made between two nights for the active one; and what further labels bring.

The parent of a refresh is a version that was active once, of the same taxonomy. No constraint of one
row can say that, so a trigger does, on both engines.
"""

import django.db.models.deletion
from django.db import migrations, models

RULE = "a_refresh_has_a_gated_parent"
TABLE = "annotation_modelversion"
BROKEN = """NOT EXISTS (
    SELECT 1 FROM annotation_modelversion parent
    WHERE parent.id = NEW.parent_id AND parent.kind = 'trained'
      AND parent.activated_at IS NOT NULL AND parent.taxonomy_id = NEW.taxonomy_id)"""
WORDS = f"{RULE}: its parent was never active, or is of another taxonomy"


def create_triggers(apps, schema_editor):
    for sql in statements(schema_editor.connection.vendor):
        schema_editor.execute(sql, params=None)


def drop_triggers(apps, schema_editor):
    for sql in statements_to_drop(schema_editor.connection.vendor):
        schema_editor.execute(sql, params=None)


def statements(vendor: str) -> list[str]:
    """SQL of the trigger; on SQLite whatever makes the table anew must run it again."""
    if vendor == "sqlite":
        return [
            f"CREATE TRIGGER {RULE}_{deed} BEFORE {when} ON {TABLE} "
            f"WHEN NEW.kind = 'refresh' AND {BROKEN} "
            f"BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
            for deed, when in (
                ("insert", "INSERT"), ("update", "UPDATE OF parent_id, kind, taxonomy_id"),
            )
        ]  # fmt: skip
    return [
        f"""
        CREATE FUNCTION {RULE}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF {BROKEN} THEN
                RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NEW;
        END $$""",
        f"CREATE TRIGGER {RULE} BEFORE INSERT OR UPDATE OF parent_id, kind, taxonomy_id ON {TABLE} "
        f"FOR EACH ROW WHEN (NEW.kind = 'refresh') EXECUTE FUNCTION {RULE}()",
    ]


def statements_to_drop(vendor: str) -> list[str]:
    if vendor == "sqlite":
        return [f"DROP TRIGGER IF EXISTS {RULE}_{deed}" for deed in ("insert", "update")]
    return [f"DROP TRIGGER IF EXISTS {RULE} ON {TABLE}", f"DROP FUNCTION IF EXISTS {RULE}()"]


def retire_refreshes(apps, schema_editor):
    """On the way back: decisions name them, so they stay, as versions that cannot serve."""
    refreshes = apps.get_model("annotation", "ModelVersion").objects.filter(kind="refresh")
    refreshes.filter(status__in=["training", "in_use"]).update(status="retired")
    refreshes.update(kind="trained", parent=None, artifact_sha256="")


class Migration(migrations.Migration):

    dependencies = [
        ('annotation', '0022_references_in_one_form'),
    ]

    operations = [
        migrations.CreateModel(
            name='Outlook',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('measure', models.CharField(choices=[('micro_f1', 'Micro-F1'), ('macro_f1', 'Macro-F1'), ('f1', 'F1')], max_length=8)),
                ('kind', models.CharField(choices=[('audit', 'Audit'), ('labelled', 'Labelled')], help_text='grants that it was measured on: audit, else labelled out of fold', max_length=8)),
                ('n_labels', models.PositiveIntegerField(help_text='grants that the version learned from; of a category, its examples among them')),
                ('n_measured', models.PositiveIntegerField(help_text='grants that it was measured on; of a category, those that are of it')),
                ('score', models.FloatField(help_text='empty: too few grants of the category measured', null=True)),
                ('low', models.FloatField(help_text='of the 95 % interval', null=True)),
                ('high', models.FloatField(null=True)),
                ('kappa', models.FloatField(help_text='how far it ticks as the version before did on the same random grants, -1 to 1', null=True)),
                ('is_stable', models.BooleanField(help_text='whether the last three kappas are .99 on average; empty: fewer', null=True)),
                ('slope', models.FloatField(help_text='what one further label brings now', null=True)),
                ('slope_low', models.FloatField(help_text='of the 80 % interval', null=True)),
                ('slope_high', models.FloatField(null=True)),
                ('goal', models.FloatField(help_text='the next step of a twentieth', null=True)),
                ('more', models.PositiveIntegerField(help_text='further labels to the goal; empty beside a goal: not in sight', null=True)),
                ('more_low', models.PositiveIntegerField(help_text='of the 80 % interval', null=True)),
                ('more_high', models.PositiveIntegerField(null=True)),
                ('forecast', models.CharField(blank=True, help_text='the same in words', max_length=300)),
                ('seconds_each', models.FloatField(help_text='active seconds of an annotation, mean of the newest five hundred', null=True)),
            ],
            options={
                'ordering': ['pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='modelversion',
            name='one_training_at_a_time',
        ),
        migrations.AddField(
            model_name='modelversion',
            name='cpu_seconds',
            field=models.FloatField(blank=True, help_text='of a refresh: what its learning took', null=True),
        ),
        migrations.AddField(
            model_name='modelversion',
            name='parent',
            field=models.ForeignKey(blank=True, help_text='of a refresh: the gated version whose words and thresholds it has', null=True, on_delete=django.db.models.deletion.CASCADE, related_name='refreshes', to='annotation.modelversion'),
        ),
        migrations.AlterField(
            model_name='modelversion',
            name='kind',
            field=models.CharField(choices=[('lexical', 'Lexical'), ('trained', 'Trained'), ('refresh', 'Refresh')], default='trained', max_length=7),
        ),
        migrations.AlterField(
            model_name='modelversion',
            name='status',
            field=models.CharField(choices=[('requested', 'Requested'), ('training', 'Training'), ('evaluated', 'Evaluated'), ('active', 'Active'), ('in_use', 'In Use'), ('rejected', 'Rejected'), ('failed', 'Failed'), ('cancelled', 'Cancelled'), ('retired', 'Retired')], default='requested', max_length=9),
        ),
        migrations.AlterField(
            model_name='sitesettings',
            name='order_every',
            field=models.PositiveIntegerField(default=100, help_text='So many annotations after which, between two nights, what was annotated is learned, the suggestions of the next thousand grants are made anew, and the beginning of the queue is ordered anew. 0: at night only.', verbose_name='Learned and ordered anew after'),
        ),
        migrations.AddConstraint(
            model_name='modelversion',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'training'), models.Q(('kind', 'refresh'), _negated=True)), fields=('status',), name='one_training_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='modelversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'refresh'), ('parent__isnull', False)), models.Q(models.Q(('kind', 'refresh'), _negated=True), ('parent', None)), _connector='OR'), name='a_refresh_and_nothing_else_has_a_parent'),
        ),
        migrations.AddConstraint(
            model_name='modelversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'refresh'), _negated=True), models.Q(('status__in', ['requested', 'evaluated', 'active']), _negated=True), _connector='OR'), name='a_refresh_never_becomes_active'),
        ),
        migrations.AddConstraint(
            model_name='modelversion',
            constraint=models.CheckConstraint(condition=models.Q(('kind', 'refresh'), models.Q(('status', 'in_use'), _negated=True), _connector='OR'), name='only_a_refresh_serves_beside_another'),
        ),
        migrations.AddConstraint(
            model_name='modelversion',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'in_use'), _negated=True), models.Q(('artifact_sha256', ''), _negated=True), _connector='OR'), name='a_refresh_in_use_has_an_artifact'),
        ),
        migrations.AddConstraint(
            model_name='modelversion',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'training'), ('kind', 'refresh')), fields=('status',), name='one_refresh_learns_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='modelversion',
            constraint=models.CheckConstraint(condition=models.Q(('cpu_seconds', None), ('cpu_seconds__gte', 0), _connector='OR'), name='learning_takes_time'),
        ),
        migrations.AddField(
            model_name='outlook',
            name='category',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='annotation.category'),
        ),
        migrations.AddField(
            model_name='outlook',
            name='model_version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='outlooks', to='annotation.modelversion'),
        ),
        migrations.AddConstraint(
            model_name='outlook',
            constraint=models.UniqueConstraint(condition=models.Q(('category', None)), fields=('model_version', 'measure'), name='one_outlook_of_a_measure'),
        ),
        migrations.AddConstraint(
            model_name='outlook',
            constraint=models.UniqueConstraint(condition=models.Q(('category__isnull', False)), fields=('model_version', 'category'), name='one_outlook_of_a_category'),
        ),
        migrations.AddConstraint(
            model_name='outlook',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('category', None), ('measure__in', ['micro_f1', 'macro_f1'])), models.Q(('category__isnull', False), ('measure', 'f1')), _connector='OR'), name='a_category_has_an_f1_and_the_whole_its_means'),
        ),
        migrations.AddConstraint(
            model_name='outlook',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('high', None), ('low', None), ('score', None)), models.Q(('high__isnull', False), ('low__isnull', False), ('score__isnull', False), ('high__lte', 1), ('low__gte', 0), ('low__lte', models.F('high')), ('score__gte', 0), ('score__lte', 1)), _connector='OR'), name='a_score_and_its_interval_are_shares'),
        ),
        migrations.AddConstraint(
            model_name='outlook',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('is_stable', None), ('kappa', None)), models.Q(('kappa__gte', -1), ('kappa__isnull', False), ('kappa__lte', 1)), _connector='OR'), name='kappa_is_an_agreement'),
        ),
        migrations.AddConstraint(
            model_name='outlook',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('goal', None), ('slope', None), ('slope_high', None), ('slope_low', None)), models.Q(('slope__isnull', False), ('slope_high__isnull', False), ('slope_low__isnull', False)), _connector='OR'), name='a_slope_has_an_interval_and_a_goal_has_a_slope'),
        ),
        migrations.AddConstraint(
            model_name='outlook',
            constraint=models.CheckConstraint(condition=models.Q(('goal__isnull', False), models.Q(('more', None), ('more_high', None), ('more_low', None)), _connector='OR'), name='more_labels_lead_to_a_goal'),
        ),
        migrations.AddConstraint(
            model_name='outlook',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['audit', 'labelled'])), name='measured_on_audit_or_labelled'),
        ),
        migrations.AlterField(
            model_name='sitesettings',
            name='random_share',
            field=models.FloatField(default=0.45, help_text='Share of turns drawn by lot. Thresholds, calibration and honest figures need them, so they are never fewer than 10 %. Raised later, it adds what the other streams have left over; that tends to be easier, so figures look a little too good.', verbose_name='Random grants in the queue'),
        ),
        migrations.RunPython(migrations.RunPython.noop, retire_refreshes),
        migrations.RunPython(create_triggers, drop_triggers),
    ]
