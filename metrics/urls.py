from django.urls import path

from metrics import chart_views, grid_views, link_views, measurement_views, pull_views, starter_views, views

urlpatterns = [
    path("metrics/starters/", starter_views.starter_list, name="starter_list"),
    path("metrics/new/", views.metric_create, name="metric_create"),
    path("metrics/<int:pk>/edit/", views.metric_update, name="metric_update"),
    path("metrics/<int:pk>/deactivate/", views.metric_deactivate, name="metric_deactivate"),
    path("metrics/<int:pk>/links/new/", views.metric_link_create, name="metric_link_create"),
    path("metric-links/<int:pk>/edit/", views.metric_link_update, name="metric_link_update"),
    path("metric-links/suspect/", link_views.suspect_link_list, name="suspect_link_list"),
    path("metric-links/<int:pk>/affirm/", link_views.metric_link_affirm, name="metric_link_affirm"),
    path("metric-links/<int:pk>/delete/", views.metric_link_delete, name="metric_link_delete"),
    path("metrics/<int:pk>/measurements/new/", views.measurement_create, name="measurement_create"),
    path("metrics/<int:pk>/phases/new/", chart_views.chart_phase_create, name="chart_phase_create"),
    path("chart-phases/<int:pk>/take-back/", chart_views.chart_phase_take_back, name="chart_phase_take_back"),
    path("metrics/<int:pk>/notes/new/", chart_views.chart_note_create, name="chart_note_create"),
    path("chart-notes/<int:pk>/edit/", chart_views.chart_note_update, name="chart_note_update"),
    path("chart-notes/<int:pk>/delete/", chart_views.chart_note_delete, name="chart_note_delete"),
    path("metrics/<int:pk>/sources/new/", pull_views.source_create, name="source_create"),
    path("measurement-sources/<int:pk>/", pull_views.source_detail, name="source_detail"),
    path("measurement-sources/<int:pk>/edit/", pull_views.source_update, name="source_update"),
    path("measurement-sources/<int:pk>/delete/", pull_views.source_delete, name="source_delete"),
    path("measurement-sources/<int:pk>/try/", pull_views.source_try, name="source_try"),
    path("measurement-sources/<int:pk>/run/", pull_views.source_run, name="source_run"),
    path("measurement-sources/<int:pk>/pause/", pull_views.source_pause, name="source_pause"),
    path("measurement-sources/<int:pk>/resume/", pull_views.source_resume, name="source_resume"),
    path("measurements/enter/", grid_views.measurement_grid, name="measurement_grid"),
    path("measurements/", measurement_views.measurement_list, name="measurement_list"),
    path("measurements/<int:pk>/correct/", views.measurement_correct, name="measurement_correct"),
]
