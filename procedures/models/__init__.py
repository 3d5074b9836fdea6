from procedures.models.anticoagulant import AnticoagulantUse
from procedures.models.baseline import Baseline
from procedures.models.levels import Fracture, TreatedLevel
from procedures.models.measured_state import MeasuredState
from procedures.models.procedure import Procedure

__all__ = ["AnticoagulantUse", "Baseline", "Fracture", "MeasuredState", "Procedure", "TreatedLevel"]
