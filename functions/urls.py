from django.urls import path

from functions import views

urlpatterns = [
    path("functions/new/", views.function_create, name="function_create"),
    path("functions/<int:pk>/change/", views.function_update, name="function_update"),
    path("functions/<int:pk>/deactivate/", views.function_deactivate, name="function_deactivate"),
    path("functions/<int:pk>/reactivate/", views.function_reactivate, name="function_reactivate"),
    path("supply-links/new/", views.supply_link_create, name="supply_link_create"),
    path("supply-links/<int:pk>/change/", views.supply_link_update, name="supply_link_update"),
    path("supply-links/<int:pk>/delete/", views.supply_link_delete, name="supply_link_delete"),
]
