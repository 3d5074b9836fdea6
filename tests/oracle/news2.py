"""NEWS2 (clinical specification, section 1) and the rules V0 to V3."""

from decimal import Decimal
from typing import NamedTuple

from tests.oracle.timeline import Look, exact, group

# Upper limit of each band and its score; the last band has no limit.
BANDS = {
    "respiration_rate": [("8", 3), ("11", 1), ("20", 0), ("24", 2), (None, 3)],
    "systolic_mmhg": [("90", 3), ("100", 2), ("110", 1), ("219", 0), (None, 3)],
    "pulse_per_minute": [("40", 3), ("50", 1), ("90", 0), ("110", 1), ("130", 2), (None, 3)],
    "temperature_celsius": [("35.0", 3), ("36.0", 1), ("38.0", 0), ("39.0", 1), (None, 2)],
}
SPO2_SCALE_1 = [("91", 3), ("93", 2), ("95", 1), (None, 0)]
SPO2_SCALE_2_BELOW_93 = [("83", 3), ("85", 2), ("87", 1), (None, 0)]
SPO2_SCALE_2_FROM_93_ON_OXYGEN = [("94", 1), ("96", 2), (None, 3)]
PARAMETERS = (*BANDS, "spo2_percent", "supplemental_oxygen", "consciousness")


class News2(NamedTuple):
    """`total` and `band` (low, low-medium, medium, high) are None where a parameter is not known."""

    total: int | None
    lower_bound: int
    single_three: bool
    band: str | None
    parts: dict[str, int | None]


def _band(value, bands) -> int:
    return next(score for limit, score in bands if limit is None or exact(value) <= Decimal(limit))


def _spo2(percent, oxygen, scale: int) -> int | None:
    if percent is None:
        return None
    if scale == 1:
        return _band(percent, SPO2_SCALE_1)
    if percent < 93:
        return _band(percent, SPO2_SCALE_2_BELOW_93)
    if oxygen is None:  # 93 and more is normal on air and too much on oxygen
        return None
    return _band(percent, SPO2_SCALE_2_FROM_93_ON_OXYGEN) if oxygen else 0


def expected_news2(vitals: dict, scale: int) -> News2:
    parts = {name: None if vitals.get(name) is None else _band(vitals[name], BANDS[name]) for name in BANDS}
    oxygen, consciousness = vitals.get("supplemental_oxygen"), vitals.get("consciousness")
    parts["spo2_percent"] = _spo2(vitals.get("spo2_percent"), oxygen, scale)
    parts["supplemental_oxygen"] = None if oxygen is None else 2 if oxygen else 0
    parts["consciousness"] = None if consciousness is None else 0 if consciousness == "A" else 3
    known = [score for score in parts.values() if score is not None]
    lower_bound, single_three = sum(known), 3 in known
    if None in parts.values():
        return News2(None, lower_bound, single_three, None, parts)
    band = "high" if lower_bound >= 7 else "medium" if lower_bound >= 5 else "low-medium" if single_three else "low"
    return News2(lower_bound, lower_bound, single_three, band, parts)


def news2_of(look: Look) -> News2:
    return expected_news2(group(look.reading, "vitals"), look.spo2_scale)


def has_any_parameter(look: Look) -> bool:
    return any(look.vital(name) is not None for name in PARAMETERS)


def news2_rules(look: Look) -> dict[str, str]:
    now = news2_of(look)
    if now.lower_bound >= 7:
        return {"V3": "EMERGENT"}
    if now.lower_bound >= 5:
        return {"V2": "URGENT"}
    if now.single_three:
        return {"V1": "AMBER"}
    if now.total is not None:
        totals_before = [score.total for score in map(news2_of, look.earlier) if score.total is not None]
        if totals_before and now.total - totals_before[-1] >= 2:
            return {"V0": "INFO"}
    return {}
