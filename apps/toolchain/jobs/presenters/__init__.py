"""View models of the pages of jobs, and of scores."""

from .charts import metric_label
from .jobs import badge_tone, job_page, job_title
from .params import param_rows
from .scores import (
    ResultSection,
    ScoreRow,
    main_score,
    number_text,
    recipe_of,
    result_section,
    score_row,
    score_rows,
    unit_of,
)
from .views import ViewSection, view_sections

__all__ = [
    "ResultSection",
    "ScoreRow",
    "ViewSection",
    "badge_tone",
    "job_page",
    "job_title",
    "main_score",
    "metric_label",
    "number_text",
    "param_rows",
    "recipe_of",
    "result_section",
    "score_row",
    "score_rows",
    "unit_of",
    "view_sections",
]
