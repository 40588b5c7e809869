"""Numbers that one can quote: rates with intervals, pass@k and pass^k, and comparisons in pairs. No library needed.

docs/statistics.md says what each means, when it is given, and what it assumes.
"""

from pytest_agenttasks.statistics.comparing import Compared, compared_models, compared_runs, contenders
from pytest_agenttasks.statistics.counting import (
    NO_CATEGORY,
    NO_MODEL,
    Cell,
    Counts,
    Group,
    Key,
    LeftOut,
    counts,
    left_out,
    model_of,
    task_of,
)
from pytest_agenttasks.statistics.paired import Comparison, Pairs, compared, fisher, sign_flips
from pytest_agenttasks.statistics.passes import Passes, pass_at_k, pass_hat_k, passes, told_k
from pytest_agenttasks.statistics.quantiles import CONFIDENCE, t_of, z_of
from pytest_agenttasks.statistics.rate import Interval, Rate, rate_of, wilson
from pytest_agenttasks.statistics.trials import Trials
from pytest_agenttasks.statistics.words import p_value, percent_of, verdict

__all__ = [
    "CONFIDENCE",
    "NO_CATEGORY",
    "NO_MODEL",
    "Cell",
    "Compared",
    "Comparison",
    "Counts",
    "Group",
    "Interval",
    "Key",
    "LeftOut",
    "Pairs",
    "Passes",
    "Rate",
    "Trials",
    "compared",
    "compared_models",
    "compared_runs",
    "contenders",
    "counts",
    "fisher",
    "left_out",
    "model_of",
    "p_value",
    "pass_at_k",
    "pass_hat_k",
    "passes",
    "percent_of",
    "rate_of",
    "sign_flips",
    "t_of",
    "task_of",
    "told_k",
    "verdict",
    "wilson",
    "z_of",
]
