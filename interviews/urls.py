from django.urls import path

from interviews import desk_views, views, word_views

urlpatterns = [
    path("interviews/", views.interview_list, name="interview_list"),
    path("interviews/new/", views.interview_create, name="interview_create"),
    path("interviews/<int:pk>/", desk_views.interview_detail, name="interview_detail"),
    path("interviews/<int:pk>/edit/", views.interview_update, name="interview_update"),
    path("interviews/<int:pk>/state/", views.interview_state, name="interview_state"),
    path("interviews/<int:pk>/complete/", views.interview_complete, name="interview_complete"),
    path("interviews/<int:pk>/reopen/", views.interview_reopen, name="interview_reopen"),
    path("interviews/<int:pk>/answers/<int:requirement>/<int:product>/", desk_views.answer_save, name="answer_save"),
    path("interviews/<int:pk>/words/new/", desk_views.verbatim_create, name="verbatim_create"),
    path("words/<int:pk>/codings/new/", desk_views.coding_create, name="coding_create"),
    path("codings/<int:pk>/delete/", desk_views.coding_delete, name="coding_delete"),
    path("words/", word_views.word_list, name="word_list"),
    path("words/undo/", word_views.word_undo, name="word_undo"),
    path("words/<int:pk>/code/", word_views.word_code, name="word_code"),
    path("words/<int:pk>/set-aside/", word_views.word_set_aside, name="word_set_aside"),
    path("words/<int:pk>/take-up/", word_views.word_take_up, name="word_take_up"),
    path("words/codings/<int:pk>/remove/", word_views.word_coding_remove, name="word_coding_remove"),
    path("words/codings/<int:pk>/sentiment/", word_views.word_coding_sentiment, name="word_coding_sentiment"),
    path("codes/requirement/<int:pk>/edit/", word_views.code_rule_requirement, name="code_rule_requirement"),
    path("codes/attribute/<int:pk>/edit/", word_views.code_rule_attribute, name="code_rule_attribute"),
    path("rounds/", views.round_list, name="round_list"),
    path("rounds/new/", views.round_create, name="round_create"),
    path("rounds/<int:pk>/edit/", views.round_update, name="round_update"),
]
