from procedures.models.anticoagulant import AnticoagulantUse
from procedures.models.baseline import Baseline
from procedures.models.fracture import Fracture
from procedures.models.levels import TreatedLevel
from procedures.models.measured_state import MeasuredState
from procedures.models.procedure import Procedure
from procedures.models.selection import SelectionOverride, SelectionReview

__all__ = [
    "AnticoagulantUse",
    "Baseline",
    "Fracture",
    "MeasuredState",
    "Procedure",
    "SelectionOverride",
    "SelectionReview",
    "TreatedLevel",
]
