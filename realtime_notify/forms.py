"""Forms for what people choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from realtime_notify.models import DeliveryProfile
from realtime_notify.subscriptions import profiles

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[DeliveryProfile]
else:  # generic in the stubs alone
    ModelForm = forms.ModelForm


class DeliveryProfileForm(ModelForm):
    """How often to be reached, and whether that is the default.

    The intervals are those of the setting ``INTERVALS``, and the one that is stored. For a new
    profile, pass ``instance=DeliveryProfile(user=user)``.
    """

    class Meta:
        model = DeliveryProfile
        fields = ("interval", "is_default")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the intervals of the setting."""
        super().__init__(*args, **kwargs)
        field = self.fields["interval"]
        own = [] if self.instance._state.adding else [self.instance.interval]
        self.fields["interval"] = forms.TypedChoiceField(
            coerce=int,
            choices=profiles.interval_choices(*own),
            label=field.label,
            initial=field.initial,
        )
