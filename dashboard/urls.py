from django.urls import URLPattern, path

from dashboard import client_views, search_views, settings_views, views

urlpatterns: list[URLPattern] = [
    path("", views.circle, name="circle"),
    path("functions/", views.function_list, name="function_list"),
    path("functions/<int:pk>/", views.function_detail, name="function_detail"),
    path("functions/<int:pk>/history/", views.function_history, name="function_history"),
    path("requirements/", views.requirement_list, name="requirement_list"),
    path("requirements/<int:pk>/", views.requirement_detail, name="requirement_detail"),
    path("requirements/<int:pk>/history/", views.requirement_history, name="requirement_history"),
    path("metrics/<int:pk>/", views.metric_detail, name="metric_detail"),
    path("metrics/<int:pk>/history/", views.metric_history, name="metric_history"),
    path("customers/<int:pk>/", views.customer_detail, name="customer_detail"),
    path("search/", search_views.search, name="search"),
    path("setup/", settings_views.setup, name="setup"),
    path("settings/", settings_views.settings_home, name="settings_home"),
    path("settings/people/", settings_views.settings_people, name="settings_people"),
    path("settings/people/new/", settings_views.person_create, name="person_create"),
    path("settings/people/<int:pk>/", settings_views.person_update, name="person_update"),
    path("settings/people/<int:pk>/link/", settings_views.person_link, name="person_link"),
    path("settings/clients/", client_views.settings_clients, name="settings_clients"),
    path("settings/clients/new/", client_views.client_create, name="client_create"),
    path("settings/clients/<slug:pk>/remove/", client_views.client_remove, name="client_remove"),
    path("settings/tokens/", settings_views.settings_tokens, name="settings_tokens"),
    path("settings/tokens/new/", settings_views.token_create, name="token_create"),
    path("settings/tokens/<int:pk>/revoke/", settings_views.token_revoke, name="token_revoke"),
    path("settings/jobs/", settings_views.settings_jobs, name="settings_jobs"),
    path("settings/program/", settings_views.settings_program, name="settings_program"),
    path("settings/data/", settings_views.settings_data, name="settings_data"),
]
