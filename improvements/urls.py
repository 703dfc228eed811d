from django.urls import path

from improvements import action_views, views

urlpatterns = [
    path("actions/", action_views.action_list, name="action_list"),
    path("actions/board/", action_views.action_board, name="action_board"),
    path("actions/rules/", action_views.action_rules, name="action_rules"),
    path("actions/new/", action_views.action_create, name="action_create"),
    path("actions/<int:pk>/", action_views.action_detail, name="action_detail"),
    path("actions/<int:pk>/change/", action_views.action_update, name="action_update"),
    path("actions/<int:pk>/to/<slug:stage>/", action_views.action_move, name="action_move"),
    path("actions/<int:pk>/comment/", action_views.action_comment, name="action_comment"),
    path("actions/<int:pk>/confirm/", action_views.action_confirm, name="action_confirm"),
    path("actions/<int:pk>/causes/new/", action_views.cause_create, name="cause_create"),
    path("actions/causes/<int:pk>/", action_views.cause_update, name="cause_update"),
    path("actions/causes/<int:pk>/remove/", action_views.cause_remove, name="cause_remove"),
    path("my-work/", action_views.my_work, name="my_work"),
    path("my-work/seen/", action_views.mentions_seen, name="mentions_seen"),
    path("ambassadors/", views.ambassador_list, name="ambassador_list"),
    path("ambassadors/new/", views.ambassador_create, name="ambassador_create"),
    path("ambassadors/<int:pk>/", views.ambassador_detail, name="ambassador_detail"),
    path("ambassadors/<int:pk>/consent/", views.ambassador_update, name="ambassador_update"),
    path("ambassadors/<int:pk>/withdraw/", views.ambassador_withdraw, name="ambassador_withdraw"),
    path("ambassadors/<int:pk>/understood/", views.ambassador_understood, name="ambassador_understood"),
    path("ambassadors/<int:pk>/ask/", views.ambassador_ask, name="ambassador_ask"),
    path("ambassadors/asks/<int:pk>/", views.ambassador_ask_update, name="ambassador_ask_update"),
    path("ambassadors/asks/<int:pk>/remove/", views.ambassador_ask_remove, name="ambassador_ask_remove"),
    path("customers/<int:pk>/ambassadors/", views.ambassador_match, name="ambassador_match"),
]
