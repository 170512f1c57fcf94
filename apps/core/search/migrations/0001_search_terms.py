"""The function that tells what a text is found by; `apps/core/search/words.py` reads questions the same way."""

from django.db import migrations

# Han and kana: written without spaces, so found by every character and every pair of neighbours
UNSPACED = r"[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
BREAKS = r"[\s\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f\uff00-\uffef]+"
# It calls nothing but what PostgreSQL brings: an index is built, and a dump is read, without our schema in the path.
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
# of license:mit and base_model:adapter:owner/name the last part alone: everything has a licence
VALUES = "array_to_string(texts, ' ') || ' ' || regexp_replace(array_to_string(tags, ' '), '[^[:space:]]+:', ' ', 'g')"
TERMS = f"""
CREATE FUNCTION search_terms(tags text[], VARIADIC texts text[]) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURNS NULL ON NULL INPUT AS $body$
{BODY % VALUES}
$body$
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(TERMS, "DROP FUNCTION search_terms(text[], text[])")]
