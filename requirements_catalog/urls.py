from django.urls import path

from requirements_catalog import views

urlpatterns = [
    path("requirements/new/", views.requirement_create, name="requirement_create"),
    path("requirements/<int:pk>/change/", views.requirement_update, name="requirement_update"),
    path("requirements/<int:pk>/state/", views.requirement_state, name="requirement_state"),
    path("requirements/<int:pk>/scale/", views.requirement_scale, name="requirement_scale"),
    path("requirements/<int:pk>/merge/", views.requirement_merge, name="requirement_merge"),
    path("requirements/<int:pk>/unmerge/", views.requirement_unmerge, name="requirement_unmerge"),
    path("requirements/<int:pk>/responsibilities/new/", views.responsibility_create, name="responsibility_create"),
    path("responsibilities/<int:pk>/change/", views.responsibility_update, name="responsibility_update"),
    path("responsibilities/<int:pk>/delete/", views.responsibility_delete, name="responsibility_delete"),
    path("products/", views.product_list, name="product_list"),
    path("products/new/", views.product_create, name="product_create"),
    path("products/<int:pk>/change/", views.product_update, name="product_update"),
]
