"""Whether this procedure made a cement embolism of the lung more likely. A banner, and no rule (clinical-spec 4.1). Pure."""

from collections.abc import Collection
from dataclasses import dataclass

from procedures.fracture_measures import FractureAge
from procedures.three_valued import MET, Truth, any_of, truth
from procedures.vertebrae import is_thoracic


@dataclass(frozen=True)
class RiskFactor:
    words: str
    state: Truth


@dataclass(frozen=True)
class EmbolismRisk:
    """`high`: MET with at least one factor, UNKNOWN while the age of a fracture could still be one."""

    factors: tuple[RiskFactor, ...]

    @property
    def high(self) -> Truth:
        return any_of(factor.state for factor in self.factors)

    @property
    def present(self) -> tuple[str, ...]:
        return tuple(factor.words for factor in self.factors if factor.state is MET)


def cement_embolism_risk(
    *,
    levels: Collection[str],
    vertebroplasty: bool,
    fracture_ages: Collection[FractureAge | None],
    many_levels: int,
    fresh_fracture_days: int,
) -> EmbolismRisk:
    """At least `many_levels` levels, a thoracic one, a fracture younger than `fresh_fracture_days`, or vertebroplasty.

    The four are those of a cohort of 1782 procedures with computed tomography afterwards [F16].
    """
    fresh = any_of(_is_younger(age, fresh_fracture_days) for age in fracture_ages)
    return EmbolismRisk(
        (
            RiskFactor(f"{many_levels} levels or more", truth(len(levels) >= many_levels)),
            RiskFactor("a thoracic level", truth(any(is_thoracic(level) for level in levels))),
            RiskFactor(f"a fracture younger than {fresh_fracture_days} days", fresh),
            RiskFactor("vertebroplasty", truth(vertebroplasty)),
        )
    )


def _is_younger(age: FractureAge | None, days: int) -> Truth:
    if age is None or age.least < days <= age.most:
        return truth(None)
    return truth(age.most < days)
