"""How good the judge is on labelled sentences and answers."""

from chat.evaluate.examples import Example, GroundingFileError, read_examples
from chat.evaluate.figures import Report, auroc, calibration_error, reliability, report
from chat.evaluate.judging import Judged, judge_examples
from chat.evaluate.ragtruth import judge_responses, read_responses, response_metrics

__all__ = [
    "Example",
    "GroundingFileError",
    "Judged",
    "Report",
    "auroc",
    "calibration_error",
    "judge_examples",
    "judge_responses",
    "read_examples",
    "read_responses",
    "reliability",
    "report",
    "response_metrics",
]
