"""Addresses of the demo site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from demo import outbox, views
from demo.gallery import views as gallery

demo_patterns = (
    [
        path("", views.index, name="index"),
        path("as/<slug:username>/", views.sign_in, name="sign-in"),
        path("sign-out/", views.sign_out, name="sign-out"),
        path("send/", views.send, name="send"),
        path("demo/outbox/", outbox.outbox, name="outbox"),
        path("demo/outbox/<int:name>/", outbox.mail, name="mail"),
        path("demo/outbox/<int:name>/html/", outbox.mail_html, name="mail-html"),
        path("gallery/", gallery.gallery, name="gallery"),
        path("gallery/answer/", gallery.answer, name="gallery-answer"),
        path("gallery/network/", gallery.set_network, name="gallery-network"),
        path("frame/<slug:name>/", gallery.frame, name="gallery-frame"),
        path("arrive/", gallery.arrive, name="gallery-arrive"),
        path("somewhere/", views.somewhere, name="somewhere"),
    ],
    "demo",
)

urlpatterns = [
    path("", include(demo_patterns)),
    path("notifications/", include("realtime_notify.urls")),
    path("admin/", admin.site.urls),
]
