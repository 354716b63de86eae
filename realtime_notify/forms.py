"""Forms for what users choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from realtime_notify.keys import MAX_KEY_LENGTH
from realtime_notify.models import DeliveryProfile
from realtime_notify.subscriptions import profiles

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[DeliveryProfile]
else:  # generic for type checkers only
    ModelForm = forms.ModelForm


class DeliveryProfileForm(ModelForm):
    """A form for a delivery profile: its interval, and whether it is the default.

    The choices are the setting ``INTERVALS`` and the profile's present interval. For a new
    profile, pass ``instance=DeliveryProfile(user=user)``.
    """

    class Meta:
        model = DeliveryProfile
        fields = ("interval", "is_default")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Replace the field of the interval by a choice."""
        super().__init__(*args, **kwargs)
        field = self.fields["interval"]
        own = [] if self.instance._state.adding else [self.instance.interval]
        self.fields["interval"] = forms.TypedChoiceField(
            coerce=int,
            choices=profiles.interval_choices(*own),
            label=field.label,
            initial=field.initial,
        )


class SubscribeForm(forms.Form):
    """A form for an e-mail address that subscribes without an account.

    It is posted to ``realtime_notify:subscribe``. `key` names the notification type, and `target`
    the object as "app.model:pk"; empty for all events of the type.
    """

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "class": "rn-input"}),
    )
    key = forms.CharField(max_length=MAX_KEY_LENGTH, widget=forms.HiddenInput)
    target = forms.CharField(required=False, widget=forms.HiddenInput)
