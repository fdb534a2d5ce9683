"""What each figure must reach and what it aims at, and how a figure stands to that."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from casefile.errors import UsageError
from eval.metrics.metric import Figure

GOALS = Path(__file__).with_name("goals.toml")

_Name = Annotated[str, Field(min_length=1)]
_Share = Annotated[float, Field(ge=0, le=1)]


class Goal(BaseModel):
    """The goal of one metric over one batch.

    Attributes:
        suite: name of the suite.
        batch: name of the batch.
        metric: name of the metric.
        among: the tag and the value to which it is narrowed; empty for the whole batch.
        plain: what the plain pipeline gives, a share; None where that was not measured.
        reach: what must be reached, a share; None for a goal that only aims.
        aim: what is aimed at, a share; None for a goal that only has to be reached.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    suite: _Name
    batch: _Name
    metric: _Name
    among: Annotated[Mapping[str, str], Field(max_length=1)] = {}
    plain: _Share | None = None
    reach: _Share | None = None
    aim: _Share | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """What no second goal may have."""
        return self.suite, self.batch, self.metric, *(part for pair in self.among.items() for part in pair)

    @model_validator(mode="after")
    def _asks_for_something(self) -> "Goal":
        if self.reach is None and self.aim is None:
            raise ValueError("a goal has `reach` or `aim`")
        return self


State = Literal["aim", "reach", "below", "short of aim", "no goal", "not scored", "holds", "broken"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a figure stands to its goal.

    Attributes:
        state: `aim` and `reach` are good; `below` misses `reach`; `short of aim` misses the aim of a goal that has no
            reach; a hard invariant `holds` or is `broken`.
        gap: how far the figure is on the wrong side of what it missed, in the metric's unit; 0 where it missed nothing.
    """

    state: State
    gap: float = 0.0


def load_goals(path: Path = GOALS) -> tuple[Goal, ...]:
    """All goals, in the order of the file.

    Raises:
        UsageError: the file cannot be read, or holds an unknown key, a value out of range, or a goal twice.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"The goals in {path.name} cannot be read: {error}") from error
    if unknown := set(document) - {"goal"}:
        raise UsageError(f"{path.name} holds unknown tables: {', '.join(sorted(unknown))}. Goals stand in [[goal]].")
    return _checked(document.get("goal", []), path.name)


def _checked(tables: Any, name: str) -> tuple[Goal, ...]:
    if not isinstance(tables, list):
        raise UsageError(f"{name}: goals stand in [[goal]], not in [goal].")
    goals: dict[tuple[str, ...], Goal] = {}
    for number, table in enumerate(tables, start=1):
        try:
            goal = Goal.model_validate(table)
        except ValidationError as error:
            trouble = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
            raise UsageError(f"{name}, goal {number}: {trouble}") from error
        if goal.key in goals:
            raise UsageError(f"{name}, goal {number}: there are two goals for {', '.join(goal.key)}.")
        goals[goal.key] = goal
    return tuple(goals.values())


def goal_of(
    goals: Sequence[Goal], suite: str, batch: str, metric: str, among: Mapping[str, str] | None = None
) -> Goal | None:
    """The goal of a figure over a batch, or over its rows of one tag; None where there is none."""
    return next(
        (g for g in goals if (g.suite, g.batch, g.metric, dict(g.among)) == (suite, batch, metric, dict(among or {}))),
        None,
    )


def judged(figure: Figure | None, goal: Goal | None, *, higher_is_better: bool = True) -> Verdict:
    """How a figure stands to its goal. The value decides, not its interval; exactly the goal is reached.

    Args:
        figure: None, or one that counted no row, is `not scored`.
        goal: None is `no goal`.
        higher_is_better: whether the goal is a floor or a ceiling.
    """
    if figure is None or not figure.scored or not math.isfinite(figure.value):
        return Verdict("not scored")
    if goal is None:
        return Verdict("no goal")
    sign = 1 if higher_is_better else -1
    if goal.aim is not None and sign * (figure.value - goal.aim) >= 0:
        return Verdict("aim")
    if goal.reach is None:
        return Verdict("short of aim", abs(figure.value - (goal.aim or 0.0)))
    if sign * (figure.value - goal.reach) >= 0:
        return Verdict("reach")
    return Verdict("below", abs(figure.value - goal.reach))
