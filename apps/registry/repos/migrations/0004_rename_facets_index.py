"""Name the index of facets after them."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("repos", "0003_terms_by_kind")]

    operations = [migrations.RenameIndex("Repo", new_name="repo_facet_values", old_name="repo_sample")]
