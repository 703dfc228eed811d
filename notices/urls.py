from django.urls import path

from notices import endpoint_views, views

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/read/", views.notices_read, name="notices_read"),
    path("inbox/mail/", views.digest_choice, name="digest_choice"),
    path("inbox/<int:pk>/read/", views.notice_read, name="notice_read"),
    path("settings/webhooks/", endpoint_views.webhook_list, name="webhook_list"),
    path("settings/webhooks/new/", endpoint_views.webhook_create, name="webhook_create"),
    path("settings/webhooks/deliveries/", endpoint_views.delivery_list, name="delivery_list"),
    path("settings/webhooks/deliveries/<int:pk>/", endpoint_views.delivery_detail, name="delivery_detail"),
    path("settings/webhooks/deliveries/<int:pk>/again/", endpoint_views.delivery_again, name="delivery_again"),
    path("settings/webhooks/<int:pk>/", endpoint_views.webhook_detail, name="webhook_detail"),
    path("settings/webhooks/<int:pk>/change/", endpoint_views.webhook_update, name="webhook_update"),
    path("settings/webhooks/<int:pk>/secret/", endpoint_views.webhook_rotate, name="webhook_rotate"),
    path("settings/webhooks/<int:pk>/test/", endpoint_views.webhook_test, name="webhook_test"),
    path("settings/webhooks/<int:pk>/remove/", endpoint_views.webhook_remove, name="webhook_remove"),
]
