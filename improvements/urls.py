from django.urls import path

from improvements import views

urlpatterns = [
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
