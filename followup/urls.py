"""The pages of the follow-up app: one list a view module."""

from django.urls import path

from followup.views import (
    board,
    bone_health,
    charts,
    cohort,
    contacts,
    discharge,
    handover,
    heights,
    imaging_figures,
    imaging_tasks,
    ladders,
    observations,
    operations,
    outcomes,
    outgoing_mail,
    paper,
    patient_list,
    procedures,
    red_flags,
    rota,
    rulesets,
    selection,
    slots,
    style_page,
    unsubscribe,
    worklist,
)

BOARD = [
    path("board/", board.board, name="board"),
    path("board/rows/", board.board_rows, name="board_rows"),
]
WORKLIST = [
    path("worklist/", worklist.worklist, name="worklist"),
    path("worklist/rows/", worklist.worklist_rows, name="worklist_rows"),
]
HANDOVER = [
    path("handover/", handover.handover, name="handover"),
    path("handover/history/", handover.handover_history, name="handover_history"),
    path("handover/<uuid:handover_id>/", handover.show_accepted_shift, name="accepted_shift"),
]
PAPER = [
    path("paper/", paper.paper, name="paper"),
    path("paper/sites/<uuid:site_id>/", paper.print_charts, name="print_paper_charts"),
    path("paper/sites/<uuid:site_id>/file/", paper.keep_charts, name="keep_paper_charts"),
]
IMAGING_TASKS = [
    path("imaging-tasks/figures/", imaging_figures.imaging_figures, name="imaging_figures"),
    path("imaging-tasks/<uuid:task_id>/", imaging_tasks.imaging_task, name="imaging_task"),
    path("imaging-tasks/<uuid:task_id>/seen/", imaging_tasks.note_task_seen, name="note_task_seen"),
    path("imaging-tasks/<uuid:task_id>/<str:hop>/", imaging_tasks.move_imaging_task, name="move_imaging_task"),
]
COHORT = [
    path("cohort/", cohort.cohort, name="cohort"),
    path("cohort/file.csv", cohort.cohort_file, name="cohort_file"),
]
FLAGS = [
    path("flags/<uuid:flag_id>/", red_flags.flag, name="flag"),
    path("flags/<uuid:flag_id>/acknowledge/", red_flags.acknowledge_flag, name="acknowledge_flag"),
    path("flags/<uuid:flag_id>/seen/", red_flags.note_flag_seen, name="note_flag_seen"),
    path("flags/<uuid:flag_id>/close/", red_flags.close_flag, name="close_flag"),
]

PATIENTS = [
    path("patients/", patient_list.patient_list, name="patient_list"),
    path("patients/<uuid:patient_id>/", patient_list.patient, name="patient"),
]
CHARTS = [
    path("episodes/<uuid:procedure_id>/", charts.chart, name="chart"),
    path("episodes/<uuid:procedure_id>/discharge/", discharge.discharge, name="discharge"),
    path("episodes/<uuid:procedure_id>/end-monitoring/", discharge.end_monitoring, name="end_monitoring"),
]
PROCEDURES = [
    path("patients/<uuid:patient_id>/procedures/new/", procedures.record_procedure, name="record_procedure"),
    path("episodes/<uuid:procedure_id>/baseline/", procedures.correct_baseline, name="correct_baseline"),
    path("episodes/<uuid:procedure_id>/selection/", selection.selection, name="selection"),
    path("episodes/<uuid:procedure_id>/selection/override/", selection.override, name="override_selection"),
]
OBSERVATIONS = [
    path("episodes/<uuid:procedure_id>/observations/new/", observations.log_observation, name="log_observation"),
    path("observations/<uuid:observation_id>/", observations.observation, name="observation"),
    path("observations/<uuid:observation_id>/correct/", observations.correct_observation, name="correct_observation"),
    path(
        "observations/<uuid:observation_id>/entered-in-error/",
        observations.mark_entered_in_error,
        name="mark_entered_in_error",
    ),
]
SLOTS = [
    path("slots/<int:slot_id>/waive/", slots.waive_slot, name="waive_slot"),
]
CONTACTS = [
    path("contacts/<uuid:contact_id>/", contacts.contact, name="contact"),
    path("contacts/<uuid:contact_id>/answers/", contacts.answer_contact, name="answer_contact"),
    path("contacts/<uuid:contact_id>/<str:move>/", contacts.contact, name="move_contact"),
]
RULESETS = [
    path("rulesets/", rulesets.rulesets, name="rulesets"),
    path("rulesets/sites/<uuid:site_id>/new/", rulesets.draft_ruleset, name="draft_ruleset"),
    path("rulesets/<uuid:ruleset_id>/", rulesets.ruleset, name="ruleset"),
    path("rulesets/<uuid:ruleset_id>/rewrite/", rulesets.rewrite_ruleset, name="rewrite_ruleset"),
    path("rulesets/<uuid:ruleset_id>/replay/", rulesets.replay_ruleset, name="replay_ruleset"),
    path("rulesets/<uuid:ruleset_id>/approve/", rulesets.approve_ruleset, name="approve_ruleset"),
    path("rulesets/<uuid:ruleset_id>/go-live/", rulesets.make_ruleset_live, name="make_ruleset_live"),
    path("rulesets/<uuid:ruleset_id>/withdraw/", rulesets.withdraw_ruleset, name="withdraw_ruleset"),
]
ROTA = [
    path("rota/", rota.rota, name="rota"),
    path("rota/sites/<uuid:site_id>/", rota.rota_of, name="rota_of_site"),
    path("rota/sites/<uuid:site_id>/duties/new/", rota.add_duty, name="add_duty"),
    path("rota/sites/<uuid:site_id>/weekly-duties/new/", rota.add_weekly_duty, name="add_weekly_duty"),
    path("rota/duties/<int:duty_id>/end/", rota.end_duty, name="end_duty"),
    path("rota/weekly-duties/<int:weekly_id>/end/", rota.end_weekly_duty, name="end_weekly_duty"),
]
LADDERS = [
    path("ladders/sites/<uuid:site_id>/", ladders.ladders, name="ladders_of_site"),
    path("ladders/sites/<uuid:site_id>/<str:key>/", ladders.change_ladder, name="change_ladder"),
]
OUTCOMES = [
    path("episodes/<uuid:procedure_id>/outcomes/", outcomes.outcomes, name="outcomes"),
    path("outcomes/<uuid:score_id>/correct/", outcomes.correct_outcome, name="correct_outcome"),
]
HEIGHTS = [
    path("episodes/<uuid:procedure_id>/heights/", heights.heights, name="heights"),
    path("heights/<uuid:measurement_id>/correct/", heights.correct_heights, name="correct_heights"),
]
BONE_HEALTH = [
    path("episodes/<uuid:procedure_id>/bone-health/", bone_health.bone_health, name="bone_health"),
    path("episodes/<uuid:procedure_id>/bone-health/therapy/", bone_health.record_therapy, name="record_therapy"),
    path("episodes/<uuid:procedure_id>/bone-health/facts/", bone_health.record_bone_facts, name="record_bone_facts"),
    path("bone-health-therapies/<uuid:therapy_id>/correct/", bone_health.correct_therapy, name="correct_therapy"),
    path("bone-health-facts/<uuid:facts_id>/correct/", bone_health.correct_bone_facts, name="correct_bone_facts"),
    path("bone-health-tasks/<uuid:task_id>/close/", bone_health.close_task, name="close_bone_health_task"),
]
MAIL = [
    path("operations/mail/", outgoing_mail.mail_list, name="mail_list"),
    path("operations/mail/<int:email_id>/<str:verb>/", outgoing_mail.handle_mail, name="handle_mail"),
    path("mail/bounces/", outgoing_mail.bounces, name="bounces"),
    path("mail/unsubscribe/<uuid:consent_id>/", unsubscribe.unsubscribe, name="unsubscribe"),
]
OPERATIONS = [
    path("operations/", operations.operations, name="operations"),
    path("style/", style_page.style_page, name="style_page"),
    path("readyz", operations.readyz, name="readyz"),
]

urlpatterns = [
    *BOARD,
    *WORKLIST,
    *HANDOVER,
    *PAPER,
    *IMAGING_TASKS,
    *COHORT,
    *FLAGS,
    *PATIENTS,
    *CHARTS,
    *PROCEDURES,
    *OBSERVATIONS,
    *SLOTS,
    *CONTACTS,
    *RULESETS,
    *ROTA,
    *LADDERS,
    *OUTCOMES,
    *HEIGHTS,
    *BONE_HEALTH,
    *MAIL,
    *OPERATIONS,
]
