"""The pages of the follow-up app: one list a view module."""

from django.urls import path

from followup.views import (
    board,
    charts,
    discharge,
    imaging_tasks,
    observations,
    patient_list,
    procedures,
    red_flags,
    selection,
    slots,
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
IMAGING_TASKS = [
    path("imaging-tasks/<uuid:task_id>/", imaging_tasks.imaging_task, name="imaging_task"),
    path("imaging-tasks/<uuid:task_id>/<str:hop>/", imaging_tasks.move_imaging_task, name="move_imaging_task"),
]
FLAGS = [
    path("flags/<uuid:flag_id>/", red_flags.flag, name="flag"),
    path("flags/<uuid:flag_id>/acknowledge/", red_flags.acknowledge_flag, name="acknowledge_flag"),
    path("flags/<uuid:flag_id>/close/", red_flags.close_flag, name="close_flag"),
]

PATIENTS = [
    path("patients/", patient_list.patient_list, name="patient_list"),
    path("patients/<uuid:patient_id>/", patient_list.patient, name="patient"),
]
CHARTS = [
    path("episodes/<uuid:procedure_id>/", charts.chart, name="chart"),
    path("episodes/<uuid:procedure_id>/discharge/", discharge.discharge, name="discharge"),
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

urlpatterns = [
    *BOARD,
    *WORKLIST,
    *IMAGING_TASKS,
    *FLAGS,
    *PATIENTS,
    *CHARTS,
    *PROCEDURES,
    *OBSERVATIONS,
    *SLOTS,
]
