"""View models of the pages of evidence."""

from .comparing import ComparisonPage, comparison_page, outcome_sentence
from .drift import DriftRow, drift_rows
from .overview import OverviewRow, overview_rows
from .samples import SampleRow, sample_rows

__all__ = [
    "ComparisonPage",
    "DriftRow",
    "OverviewRow",
    "SampleRow",
    "comparison_page",
    "drift_rows",
    "outcome_sentence",
    "overview_rows",
    "sample_rows",
]
