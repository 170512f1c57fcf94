from django.db import migrations

# Words of public repositories alone: what is private must not be suggested. Many new rows at once are read together.
LEARN = r"""
CREATE FUNCTION repos_learn_new() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    INSERT INTO search_word (word)
    SELECT DISTINCT lexeme FROM new_rows, unnest(new_rows.terms)
    WHERE NOT new_rows.is_private AND new_rows.deleted_at IS NULL AND lexeme ~ '^[a-z][a-z0-9]{2,39}$' ORDER BY lexeme
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$body$;
CREATE FUNCTION repos_learn() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM search_learn(NEW.terms);
    RETURN NULL;
END
$body$;
CREATE TRIGGER repo_learn_new AFTER INSERT ON repos_repo REFERENCING NEW TABLE AS new_rows
FOR EACH STATEMENT EXECUTE FUNCTION repos_learn_new();
CREATE TRIGGER repo_learn AFTER UPDATE OF name, title, description, tags, is_private, deleted_at ON repos_repo
FOR EACH ROW WHEN (NOT NEW.is_private AND NEW.deleted_at IS NULL AND (OLD.is_private OR OLD.terms IS DISTINCT FROM NEW.terms))
EXECUTE FUNCTION repos_learn()
"""
FORGET = """
DROP TRIGGER repo_learn ON repos_repo;
DROP TRIGGER repo_learn_new ON repos_repo;
DROP FUNCTION repos_learn();
DROP FUNCTION repos_learn_new()
"""
KNOWN = "SELECT count(search_learn(terms)) FROM repos_repo WHERE NOT is_private AND deleted_at IS NULL"


class Migration(migrations.Migration):
    dependencies = [("repos", "0011_facts_without_kind"), ("search", "0003_known_words")]

    operations = [migrations.RunSQL(LEARN, FORGET), migrations.RunSQL(KNOWN, migrations.RunSQL.noop)]
