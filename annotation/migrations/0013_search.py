"""Words of grants that can be searched, kept by the database; indexes of what grants are filtered by.

PostgreSQL holds them as a ``tsvector`` with a GIN index, SQLite in an FTS5 table. Both stand beside
the grants, not in them: a grant is rewritten whenever a model reads it, its words hardly ever.
Triggers write them, so no writer can forget it. Where a later migration makes SQLite's table of
grants anew, its triggers go with the old one: call ``create_search`` again behind it.

A word is a run of letters and digits without its accents; places are words of their own kind.
"""

from django.db import migrations, models

# A tsvector takes a megabyte: four bytes a character in the worst case, so this always fits.
LONGEST, LONGEST_PLACE = 200_000, 20_000
COLUMNS = ("reference", "title", "description", "recipient_name")
PLACES = ("recipient_place", "beneficiary_place")
# PostgreSQL's parser makes one word of addresses, paths, numbers with a point, and tags.
JOINING = "-/._@:&<>+"


def create_search(schema_editor):
    """Tables, triggers and the words of the grants that are there already."""
    vendor = schema_editor.connection.vendor
    for sql in (*statements_to_drop(vendor), *statements(vendor)):
        schema_editor.execute(sql, params=None)


def drop_search(schema_editor):
    for sql in statements_to_drop(schema_editor.connection.vendor):
        schema_editor.execute(sql, params=None)


def statements(vendor):
    return _sqlite() if vendor == "sqlite" else _postgres()


def statements_to_drop(vendor):
    if vendor == "sqlite":
        return [
            *(f"DROP TRIGGER IF EXISTS annotation_grant_words_{deed}"
              for deed in ("insert", "update", "delete")),
            "DROP TABLE IF EXISTS annotation_grantwords",
        ]
    return [
        *(f"DROP TRIGGER IF EXISTS grant_words_{deed} ON annotation_grant"
          for deed in ("insert", "update", "delete", "truncate")),
        "DROP TABLE IF EXISTS annotation_grantwords",
        "DROP FUNCTION IF EXISTS annotation_keep_grant_words()",
        "DROP FUNCTION IF EXISTS annotation_grant_vector(text, text)",
        "DROP FUNCTION IF EXISTS annotation_plain_words(text)",
    ]


def _sqlite():
    def of(row):
        def text(columns, length):
            return f"substr({' || char(10) || '.join(f'{row}{c}' for c in columns)}, 1, {length})"

        return f"{row}id, {text(COLUMNS, LONGEST)}, {text(PLACES, LONGEST_PLACE)}"

    # Without a content of its own an index forgets a row only when told what it had learned of it.
    add = f"INSERT INTO annotation_grantwords (rowid, words, places) VALUES ({of('new.')})"  # noqa: S608 - our own constants
    forget = f"INSERT INTO annotation_grantwords (annotation_grantwords, rowid, words, places) VALUES ('delete', {of('old.')})"  # noqa: S608 - our own constants
    read = COLUMNS + PLACES
    changed = " OR ".join(f"old.{c} IS NOT new.{c}" for c in ("id", *read))
    return [
        "CREATE VIRTUAL TABLE annotation_grantwords USING fts5(words, places, content='', "
        "columnsize=0, tokenize='unicode61 remove_diacritics 2')",
        f"CREATE TRIGGER annotation_grant_words_insert AFTER INSERT ON annotation_grant BEGIN {add}; END",
        f"CREATE TRIGGER annotation_grant_words_update AFTER UPDATE OF id, {', '.join(read)} ON annotation_grant "
        f"WHEN {changed} BEGIN {forget}; {add}; END",
        f"CREATE TRIGGER annotation_grant_words_delete AFTER DELETE ON annotation_grant BEGIN {forget}; END",
        f"INSERT INTO annotation_grantwords (rowid, words, places) SELECT {of('')} FROM annotation_grant",  # noqa: S608 - our own constants
    ]


def _postgres():
    def vector(row):
        def text(columns, length):
            return f"left({' || chr(10) || '.join(f'{row}.{c}' for c in columns)}, {length})"

        return f"annotation_grant_vector({text(COLUMNS, LONGEST)}, {text(PLACES, LONGEST_PLACE)})"

    read = COLUMNS + PLACES
    changed = " OR ".join(f"OLD.{c} IS DISTINCT FROM NEW.{c}" for c in ("id", *read))
    return [
        plain_words(),
        # Places weigh A, which is how a search tells them apart.
        """CREATE FUNCTION annotation_grant_vector(words text, places text) RETURNS tsvector
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT to_tsvector('simple', annotation_plain_words(words))
            || setweight(to_tsvector('simple', annotation_plain_words(places)), 'A') $$""",
        "CREATE TABLE annotation_grantwords (grant_id bigint PRIMARY KEY, words tsvector NOT NULL)",
        f"""CREATE FUNCTION annotation_keep_grant_words() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'INSERT' THEN
                INSERT INTO annotation_grantwords SELECT g.id, {vector("g")} FROM new_grants g;
            ELSIF TG_OP = 'UPDATE' THEN
                UPDATE annotation_grantwords SET grant_id = NEW.id, words = {vector("NEW")}
                    WHERE grant_id = OLD.id;
            ELSIF TG_OP = 'DELETE' THEN
                DELETE FROM annotation_grantwords w USING old_grants g WHERE w.grant_id = g.id;
            ELSE
                TRUNCATE annotation_grantwords;
            END IF;
            RETURN NULL;
        END $$""",  # noqa: S608 - our own constants
        # A statement's rows at once: an import writes five hundred.
        "CREATE TRIGGER grant_words_insert AFTER INSERT ON annotation_grant REFERENCING NEW TABLE AS new_grants "
        "FOR EACH STATEMENT EXECUTE FUNCTION annotation_keep_grant_words()",
        "CREATE TRIGGER grant_words_delete AFTER DELETE ON annotation_grant REFERENCING OLD TABLE AS old_grants "
        "FOR EACH STATEMENT EXECUTE FUNCTION annotation_keep_grant_words()",
        "CREATE TRIGGER grant_words_truncate AFTER TRUNCATE ON annotation_grant "
        "FOR EACH STATEMENT EXECUTE FUNCTION annotation_keep_grant_words()",
        f"CREATE TRIGGER grant_words_update AFTER UPDATE OF id, {', '.join(read)} ON annotation_grant "
        f"FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION annotation_keep_grant_words()",
        f"INSERT INTO annotation_grantwords SELECT g.id, {vector('g')} FROM annotation_grant g",  # noqa: S608 - our own constants
        "CREATE INDEX grant_words ON annotation_grantwords USING gin (words)",
    ]


def plain_words():
    """PostgreSQL's function that takes off accents and parts what its parser would join."""
    # Most texts are plain ASCII, and for them the expensive half is left out.
    plain = """CASE WHEN octet_length(given) = char_length(given) THEN given
        ELSE regexp_replace(normalize(given, NFD), '[\u0300-\u036f]+', '', 'g') END"""
    for sign in JOINING:  # by translate() it takes sixteen times as long
        plain = f"replace({plain}, '{sign}', ' ')"
    return f"""CREATE OR REPLACE FUNCTION annotation_plain_words(given text) RETURNS text
        LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT {plain} $$"""


def fill_top_score(apps, schema_editor):
    """As ``services.suggestions`` writes it from now on."""
    Grant = apps.get_model("annotation", "Grant")
    Suggestion = apps.get_model("annotation", "Suggestion")
    best = (
        Suggestion.objects.filter(
            grant=models.OuterRef("pk"), model_version=models.OuterRef("scored_by")
        )
        .order_by()
        .values("grant")
        .annotate(top=models.Max("score"))
        .values("top")
    )
    Grant.objects.exclude(scored_by=None).update(top_score=models.Subquery(best))


class Migration(migrations.Migration):
    dependencies = [("annotation", "0012_guidelines_adjudications_and_sprints")]
    operations = [
        migrations.AddField(
            model_name="grant",
            name="top_score",
            field=models.FloatField(
                editable=False,
                help_text="of the likeliest suggestion of its last reader, 0 to 1; empty: none",
                null=True,
            ),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                models.Func(
                    models.F("programme"), template="SUBSTR(%(expressions)s, 1, 200)"
                ),
                name="grant_programme",
            ),
        ),
        migrations.AddIndex(
            model_name="grant", index=models.Index(fields=["award_date"], name="grant_award_date")
        ),
        migrations.AddIndex(
            model_name="grant", index=models.Index(fields=["amount_awarded"], name="grant_amount")
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(fields=["quality_flags"], name="grant_quality_flags"),
        ),
        migrations.AddIndex(
            model_name="grant",
            index=models.Index(
                condition=models.Q(("top_score__isnull", False)),
                fields=["top_score", "id"],
                name="grant_top_score",
            ),
        ),
        migrations.RunPython(
            lambda apps, schema_editor: create_search(schema_editor),
            lambda apps, schema_editor: drop_search(schema_editor),
        ),
        migrations.RunPython(fill_top_score, migrations.RunPython.noop),
    ]
