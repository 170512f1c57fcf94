"""The function behind searches for two characters, which make no trigram."""

from django.db import migrations

PAIRS = """
CREATE FUNCTION search_pairs(written text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURNS NULL ON NULL INPUT AS $body$
    SELECT coalesce(array_agg(DISTINCT substr(written, place, 2)), '{}') FROM generate_series(1, length(written) - 1) AS place
$body$
"""


class Migration(migrations.Migration):
    dependencies = [("search", "0001_search_terms")]
    operations = [migrations.RunSQL(PAIRS, "DROP FUNCTION search_pairs(text)")]
