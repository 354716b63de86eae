"""The form that sends a notification."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from demo.people import PEOPLE, TYPES
from realtime_notify.models import Level

SUBSCRIBERS = "subscribers"


class SendForm(forms.Form):
    """What to send, how urgent it is, and who gets it."""

    to = forms.ChoiceField(
        label=_("To"),
        choices=[
            *((person.username, person.username) for person in PEOPLE),
            (SUBSCRIBERS, _("all subscribers")),
        ],
        widget=forms.RadioSelect,
    )
    message = forms.CharField(
        label=_("Text"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "The kettle is on"}),
    )
    key = forms.ChoiceField(
        label=_("Type"), choices=[(key, f"{label} · {key}") for key, label, *_rest in TYPES]
    )
    url = forms.CharField(
        label=_("Link"),
        required=False,
        max_length=500,
        widget=forms.TextInput(
            attrs={"placeholder": "/somewhere/", "autocapitalize": "off", "spellcheck": "false"}
        ),
    )
    level = forms.ChoiceField(
        label=_("Level"), choices=Level.choices, initial=Level.INFO, widget=forms.RadioSelect
    )
