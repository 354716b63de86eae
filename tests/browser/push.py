"""A push service in the place of the one that Chromium's maker runs, which is far away.

How Chromium subscribes is replaced, and so are the two things that it does for somebody who clicks
a notification with a real mouse: opening a window, and setting the badge of an installed app.
Messages are delivered, decrypted, to the real service worker, and shown by the real browser.
"""

from __future__ import annotations

import json
import time
from typing import Any

from playwright.sync_api import BrowserContext, Page, Worker

from tests.push_service import FakeBrowser

SUBSCRIBE = """
(() => {
  const offer = %s;
  const kept = "push-service";
  const made = (key) => ({
    endpoint: offer.endpoint,
    options: { applicationServerKey: Uint8Array.from(atob(key), (c) => c.charCodeAt(0)).buffer },
    toJSON: () => offer,
    unsubscribe: async () => { localStorage.removeItem(kept); return true; },
  });
  PushManager.prototype.subscribe = async function ({ applicationServerKey, userVisibleOnly }) {
    if (!userVisibleOnly) throw new Error("Chromium wants every push to be shown.");
    const key = btoa(String.fromCharCode(...applicationServerKey));
    localStorage.setItem(kept, key);
    return made(key);
  };
  PushManager.prototype.getSubscription = async () => {
    const key = localStorage.getItem(kept);
    return key && made(key);
  };
})();
"""
WATCH = """() => {
  const show = self.registration.showNotification.bind(self.registration);
  self.registration.showNotification = async (...given) => {
    await show(...given);
    self.shownSoFar += 1;
  };
  self.shownSoFar = 0;
  self.opened = [];
  self.badges = [];
  self.clients.openWindow = async (url) => { opened.push(url); };
  self.navigator.setAppBadge = async (count) => { badges.push(count); };
  self.navigator.clearAppBadge = async () => { badges.push(0); };
}"""
CLICK = """async () => {
  const [notification] = await self.registration.getNotifications();
  const click = new NotificationEvent("notificationclick", { notification });
  const works = [];
  click.waitUntil = (work) => { works.push(work); };
  self.dispatchEvent(click);
  await Promise.all(works);
}"""
SHOWN = """async () => (await self.registration.getNotifications()).map(
  ({ title, body, tag, lang, dir, data }) => ({ title, body, tag, lang, dir, data }))"""


def replace_push_service(context: BrowserContext, browser: FakeBrowser) -> None:
    """Let the pages of a browser subscribe at a push service of the tests' own."""
    context.add_init_script(SUBSCRIBE % json.dumps(browser.offer))


class Delivery:
    """Delivers messages to the service worker of a site, and clicks what it shows."""

    def __init__(self, page: Page) -> None:
        """Find the service worker, which is there once pushes have been turned on."""
        self._page = page
        self._session = page.context.new_cdp_session(page)
        self._registrations: list[dict[str, Any]] = []
        self._session.on(
            "ServiceWorker.workerRegistrationUpdated",
            lambda event: self._registrations.extend(event["registrations"]),
        )
        self._session.send("ServiceWorker.enable")
        while not self._registrations:
            page.wait_for_timeout(20)
        self._worker: Worker = page.context.service_workers[0]
        self._worker.evaluate(WATCH)

    def deliver(self, payload: object) -> None:
        """Deliver a message, and return when it is shown."""
        before = self._worker.evaluate("shownSoFar")
        [registration] = {one["registrationId"] for one in self._registrations}
        self._session.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": self._page.evaluate("location.origin"),
                "registrationId": registration,
                "data": payload if isinstance(payload, str) else json.dumps(payload),
            },
        )
        # Chromium forgets a notification that it is asked about before it is on the screen.
        deadline = time.monotonic() + 20
        while self._worker.evaluate("shownSoFar") == before:
            assert time.monotonic() < deadline, "Nothing was shown."
            self._page.wait_for_timeout(50)

    def expect_none(self) -> None:
        """Wait until the browser shows no notification."""
        deadline = time.monotonic() + 20
        while self.shown():
            assert time.monotonic() < deadline, "A notification is still shown."
            self._page.wait_for_timeout(20)

    def shown(self) -> list[dict[str, Any]]:
        """Return the notifications that the browser shows."""
        found: list[dict[str, Any]] = self._worker.evaluate(SHOWN)
        return found

    def click(self) -> None:
        """Click the notification, and return when the service worker has done its work."""
        self._worker.evaluate(CLICK)

    @property
    def opened(self) -> list[str]:
        """The addresses that clicks have opened."""
        found: list[str] = self._worker.evaluate("opened")
        return found

    @property
    def badges(self) -> list[int]:
        """The numbers that the icon of the app has shown."""
        found: list[int] = self._worker.evaluate("badges")
        return found
