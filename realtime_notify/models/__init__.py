"""The tables: one wide row per event, one narrow row per recipient, one revision per inbox."""

from __future__ import annotations

from realtime_notify.models.addresses import RestedAddress
from realtime_notify.models.allowances import Allowance
from realtime_notify.models.attempts import Attempt
from realtime_notify.models.broadcasts import BroadcastCounter
from realtime_notify.models.dispatches import Dispatch, DispatchItem, DispatchState
from realtime_notify.models.endpoints import Endpoint
from realtime_notify.models.epochs import Epoch
from realtime_notify.models.event_parts import EventActor, EventFilter
from realtime_notify.models.events import Event
from realtime_notify.models.inboxes import Inbox, Notification
from realtime_notify.models.media import EventSeen, Medium
from realtime_notify.models.mixins import Watched
from realtime_notify.models.profiles import DeliveryProfile
from realtime_notify.models.push_subscriptions import PushMark, PushSubscription
from realtime_notify.models.rendering import Renderer, RenderingStyle
from realtime_notify.models.requests import SubscriptionRequest
from realtime_notify.models.subscriptions import OptOut, Subscription, SubscriptionFilter
from realtime_notify.models.tickets import Ticket
from realtime_notify.models.types import Level, NotificationType, TypeGroup

__all__ = [
    "Allowance",
    "Attempt",
    "BroadcastCounter",
    "DeliveryProfile",
    "Dispatch",
    "DispatchItem",
    "DispatchState",
    "Endpoint",
    "Epoch",
    "Event",
    "EventActor",
    "EventFilter",
    "EventSeen",
    "Inbox",
    "Level",
    "Medium",
    "Notification",
    "NotificationType",
    "OptOut",
    "PushMark",
    "PushSubscription",
    "Renderer",
    "RenderingStyle",
    "RestedAddress",
    "Subscription",
    "SubscriptionFilter",
    "SubscriptionRequest",
    "Ticket",
    "TypeGroup",
    "Watched",
]
