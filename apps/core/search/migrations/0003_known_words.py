"""Words that public things are called by, and the functions that tables learn them with."""

from importlib import import_module

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

BODY = import_module("apps.core.search.migrations.0001_search_terms").BODY
NAMES = f"""
CREATE FUNCTION search_names(VARIADIC texts text[]) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURNS NULL ON NULL INPUT AS $body$
{BODY % "array_to_string(texts, ' ')"}
$body$
"""
# in one order, so that two who learn at once never wait for each other in a ring
LEARN = r"""
CREATE FUNCTION search_learn(terms tsvector) RETURNS void LANGUAGE sql AS $body$
    INSERT INTO search_word (word)
    SELECT lexeme FROM unnest(terms) WHERE lexeme ~ '^[a-z][a-z0-9]{2,39}$' ORDER BY lexeme
    ON CONFLICT DO NOTHING
$body$
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0002_search_pairs")]
    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="Word",
            fields=[("word", models.CharField(max_length=40, primary_key=True, serialize=False))],
            options={
                "indexes": [
                    models.Index(fields=["word"], name="word_beginnings", opclasses=["varchar_pattern_ops"]),
                    GinIndex(fields=["word"], name="word_trigrams", opclasses=["gin_trgm_ops"]),
                ],
            },
        ),
        migrations.RunSQL(NAMES, "DROP FUNCTION search_names(text[])"),
        migrations.RunSQL(LEARN, "DROP FUNCTION search_learn(tsvector)"),
    ]
