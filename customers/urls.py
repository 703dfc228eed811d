from django.urls import path

from customers import contact_views, privacy_views, views

urlpatterns = [
    path("customers/", views.customer_list, name="customer_list"),
    path("customers/new/", views.customer_create, name="customer_create"),
    path("customers/<int:pk>/change/", views.customer_update, name="customer_update"),
    path("customers/<int:pk>/lifecycle/", views.customer_lifecycle, name="customer_lifecycle"),
    path("customers/<int:pk>/merge/", views.customer_merge, name="customer_merge"),
    path("customers/<int:pk>/unmerge/", views.customer_unmerge, name="customer_unmerge"),
    path("customers/<int:pk>/contacts/new/", views.contact_create, name="contact_create"),
    path("contacts/", contact_views.contact_list, name="contact_list"),
    path("contacts/<int:pk>/change/", views.contact_update, name="contact_update"),
    path("contacts/<int:pk>/personal-data/", privacy_views.contact_data, name="contact_data"),
    path("contacts/<int:pk>/erase/", privacy_views.contact_erase, name="contact_erase"),
    path("customers/<int:pk>/products/new/", views.product_use_create, name="product_use_create"),
    path("product-uses/<int:pk>/change/", views.product_use_update, name="product_use_update"),
    path("product-uses/<int:pk>/delete/", views.product_use_delete, name="product_use_delete"),
]
