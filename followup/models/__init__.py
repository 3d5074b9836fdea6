from followup.models.bone_health import BoneHealthFacts, BoneHealthTherapy
from followup.models.bone_health_task import BoneHealthReview, BoneHealthTask
from followup.models.discharge_checklist import DischargeChecklist, MonitoringEnd
from followup.models.escalation import Escalation, EscalationNote, EscalationStep
from followup.models.follow_up_contact import CallTask, ContactEvent, FollowUpContact
from followup.models.imaging_task import ImagingTask, ImagingTaskHop
from followup.models.job_run import JobRun, KeptBy, WatchdogReport
from followup.models.medication_dose import MedicationDose
from followup.models.monitoring_slot import MonitoringSlot
from followup.models.monitoring_status import MonitoringStatus
from followup.models.observation import Observation
from followup.models.outcome_score import OutcomeScore
from followup.models.outgoing_email import EmailEvent, OutgoingEmail
from followup.models.red_flag import FlagEvidence, RedFlag, Severity
from followup.models.site_ladder import SiteLadder
from followup.models.site_ruleset import RulesetApproval, SiteRuleset

__all__ = [
    "BoneHealthFacts", "BoneHealthReview", "BoneHealthTask", "BoneHealthTherapy", "CallTask", "ContactEvent",
    "DischargeChecklist", "EmailEvent", "Escalation", "EscalationNote", "EscalationStep", "FlagEvidence", "FollowUpContact",
    "ImagingTask", "ImagingTaskHop", "JobRun", "KeptBy", "MedicationDose", "MonitoringEnd", "MonitoringSlot",
    "MonitoringStatus", "Observation", "OutcomeScore", "OutgoingEmail", "RedFlag", "RulesetApproval", "Severity",
    "SiteLadder", "SiteRuleset", "WatchdogReport",
]  # fmt: skip
