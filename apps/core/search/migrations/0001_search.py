"""Database functions that index texts for search, and the table of known words.

`apps/core/search/words.py` must parse queries the same way.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

# Han and kana have no spaces between words, so they are indexed by character and by bigram
UNSPACED = r"[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
BREAKS = r"[\s\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f\uff00-\uffef]+"
# Calls built-in functions only: indexes are built and dumps restored without our schema in the search path.
BODY = rf"""
    SELECT array_to_tsvector(array_remove(regexp_split_to_array(CASE WHEN plain ~ '{UNSPACED}' THEN
        regexp_replace(spaced, '({UNSPACED}{UNSPACED})', '\1 ', 'g') || ' '
        || regexp_replace(regexp_replace(spaced, '{UNSPACED}({UNSPACED}*)', '\1', 'g'), '({UNSPACED}{UNSPACED})', '\1 ', 'g') || ' '
        || regexp_replace(spaced, '({UNSPACED})', ' \1 ', 'g')
    ELSE spaced END, '{BREAKS}'), ''))
    FROM (SELECT %s AS written) AS whole,
    LATERAL (SELECT lower(CASE WHEN written ~ '[^\u0001-\u007f]'
        THEN regexp_replace(normalize(written, NFKD), '[\u0300-\u036f]', '', 'g') ELSE written END) AS plain) AS read,
    LATERAL (SELECT regexp_replace(regexp_replace(plain, '({UNSPACED}+)', ' \1 ', 'g'), '([^\s]{{60}})', '\1 ', 'g') AS spaced) AS broken
"""
# only the last part of tags such as license:mit and base_model:adapter:owner/name
VALUES = "array_to_string(texts, ' ') || ' ' || regexp_replace(array_to_string(tags, ' '), '[^[:space:]]+:', ' ', 'g')"
TERMS = f"""
CREATE FUNCTION search_terms(tags text[], VARIADIC texts text[]) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURNS NULL ON NULL INPUT AS $body$
{BODY % VALUES}
$body$
"""
# bigrams, which a trigram index cannot find
PAIRS = """
CREATE FUNCTION search_pairs(written text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURNS NULL ON NULL INPUT AS $body$
    SELECT coalesce(array_agg(DISTINCT substr(written, place, 2)), '{}') FROM generate_series(1, length(written) - 1) AS place
$body$
"""
NAMES = f"""
CREATE FUNCTION search_names(VARIADIC texts text[]) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURNS NULL ON NULL INPUT AS $body$
{BODY % "array_to_string(texts, ' ')"}
$body$
"""
# ordered, so that concurrent inserts cannot deadlock
LEARN = r"""
CREATE FUNCTION search_learn(terms tsvector) RETURNS void LANGUAGE sql AS $body$
    INSERT INTO search_word (word)
    SELECT lexeme FROM unnest(terms) WHERE lexeme ~ '^[a-z][a-z0-9]{2,39}$' ORDER BY lexeme
    ON CONFLICT DO NOTHING
$body$
"""


class Migration(migrations.Migration):
    initial = True
    # squashed migrations of existing installations
    replaces = [
        ("search", "0001_search_terms"),
        ("search", "0002_search_pairs"),
        ("search", "0003_known_words"),
    ]
    dependencies: list = []

    operations = [
        TrigramExtension(),
        migrations.RunSQL(TERMS, "DROP FUNCTION search_terms(text[], text[])"),
        migrations.RunSQL(PAIRS, "DROP FUNCTION search_pairs(text)"),
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
