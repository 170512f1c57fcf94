"""The style guide: every component in each of its states."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.core.text.markdown import render_markdown
from apps.core.text.svg import Node
from apps.core.web.policies import PUBLIC, requires

from .example_conversation import example_conversation

ICON_NAMES = (
    "search menu close check plus minus caret chevron-right chevron-left arrow-right arrow-left arrow- "
    "up arrow-down external download upload copy edit trash settings filter sort more light dark system "
    "language bell person people organization sign-out key lock shield mail eye heart star model "
    "dataset job play pause stop retry clock calendar spinner dot good warn bad info help file file- "
    "text file-data folder branch commit tag history code terminal library license size table chart "
    "lineage receipt link globe chip text image audio box book home command quote spark"
).split()

COLORS = (
    "paper raised sunk ink soft faint line line-strong leaf leaf-wash good warn bad info "
    "series-1 series-2 series-3 series-4 series-5 series-6 series-7 series-8"
).split()

PROSE = """
A card with **strong** text, *emphasis*, `code`, [a link](https://example.com)
and math such as $f(x) = \\sum_{i=0}^{n} w_i x_i$.

> [!NOTE]
> Worth knowing even when skimming.

> [!WARNING]
> What can go wrong, and what to do about it.

## A table

| method | accuracy | parameters |
| --- | ---: | ---: |
| full | 0.912 | 22.7M |
| LoRA | 0.904 | 0.3M |

- [x] tokenized
- [ ] evaluated on held-out data

```python
from transformers import pipeline

classify = pipeline("text-classification", model="owner/tiny-sentiment")
print(classify("A quiet, well made film."))  # [{'label': 'positive', …}]
```

$$
\\mathcal{L} = -\\frac{1}{N} \\sum_{i=1}^{N} \\log p_\\theta(y_i \\mid x_i)
$$
"""


class ExampleForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=96, help_text=_("Letters, digits, hyphens, underscores and dots.")
    )
    license = forms.ChoiceField(
        label=_("License"), choices=[("apache-2.0", "Apache 2.0"), ("mit", "MIT")], required=False
    )
    about = forms.CharField(label=_("About"), widget=forms.Textarea, required=False)
    visibility = forms.ChoiceField(
        label=_("Visibility"),
        choices=[("public", _("Public")), ("private", _("Private"))],
        widget=forms.RadioSelect,
        initial="public",
    )
    gated = forms.BooleanField(
        label=_("Require a reason for access requests"),
        required=False,
        help_text=_("You approve or reject each request."),
    )


def _curve() -> list[list[float | None]]:
    """Return steps with a training loss each and a validation loss at every tenth."""
    train = [
        round(0.69 * math.exp(-step / 70) + 0.12 + 0.02 * math.sin(step * 1.7), 4) for step in range(200)
    ]
    return [
        [step * 5, loss, round(loss * 1.08 + 0.03, 4) if step % 10 == 0 else None]
        for step, loss in enumerate(train)
    ]


def _lineage() -> dict[str, Any]:
    return {
        "nodes": [
            Node("base", "owner/tiny-encoder", gettext("Model"), "/owner/tiny-encoder", series=1),
            Node(
                "data",
                "datasets/owner/film-reviews",
                gettext("Dataset"),
                "/datasets/owner/film-reviews",
                series=2,
            ),
            Node("job", "Fine-tune · 12 min", gettext("Job"), "/jobs/1", series=3),
            Node(
                "out",
                "owner/tiny-sentiment",
                gettext("Model"),
                "/owner/tiny-sentiment",
                series=1,
                is_current=True,
            ),
        ],
        "edges": [("base", "job"), ("data", "job"), ("job", "out")],
    }


@requires(PUBLIC)
def styleguide(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    broken = ExampleForm({"name": "a name with spaces", "visibility": "public"})
    broken.add_error("name", _("Names cannot contain spaces."))
    context = {
        "icons": ICON_NAMES,
        "colors": COLORS,
        "form": ExampleForm(),
        "broken": broken,
        "rows": _curve(),
        "series": [("loss", _("Training")), ("eval_loss", _("Validation"))],
        "lineage": _lineage(),
        "downloads": [4, 7, 5, 9, 12, 10, 16, 14, 19, 23, 20, 28, 31, 30],
        "dtypes": [("F32", 1_200_000), ("BF16", 21_000_000), ("I8", 513_216)],
        "dtype_legend": [("F32", 1_200_000, "1.2M"), ("BF16", 21_000_000, "21M"), ("I8", 513_216, "513K")],
        "counts": [2, 5, 11, 24, 31, 28, 14, 6, 3, 1],
        "moments": [now - timedelta(seconds=age) for age in (20, 700, 8000, 190_000, 9_000_000, 70_000_000)],
        "log_lines": [
            {"at": now, "level": "info", "line": "Loaded 4,000 examples, 2 labels."},
            {"at": now, "level": "warning", "line": "Skipped 12 empty rows."},
            {"at": now, "level": "error", "line": "The column 'label' is missing in the test split."},
        ],
        "prose": render_markdown(PROSE, "/"),
        "talk": example_conversation(now),
    }
    return render(request, "ecosystem/styleguide.html", context)
