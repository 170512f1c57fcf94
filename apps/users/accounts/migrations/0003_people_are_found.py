from django.contrib.postgres.indexes import GinIndex
from django.db import migrations, models

LEARN = """
CREATE FUNCTION accounts_learn() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM search_learn(search_names(NEW.name, NEW.full_name));
    RETURN NULL;
END
$body$;
CREATE TRIGGER namespace_learn AFTER INSERT OR UPDATE OF name, full_name ON accounts_namespace
FOR EACH ROW EXECUTE FUNCTION accounts_learn()
"""
FORGET = "DROP TRIGGER namespace_learn ON accounts_namespace; DROP FUNCTION accounts_learn()"
KNOWN = "SELECT count(search_learn(search_names(name, full_name))) FROM accounts_namespace"


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_first_password_and_invitations"), ("search", "0003_known_words")]

    operations = [
        migrations.AddIndex(model_name="namespace", index=GinIndex(fields=["key"], name="namespace_trigrams", opclasses=["gin_trgm_ops"])),
        migrations.AddIndex(
            model_name="namespace",
            index=GinIndex(models.Func("name", "full_name", "about", function="search_names"), name="namespace_terms"),
        ),
        migrations.RunSQL(LEARN, FORGET),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
