/** Every text of the element. Replace any of them with `element.messages = {...}`. */

export const ENGLISH = {
  title: "Notifications on this device",
  off: "Hear of what is new while no page of this site is open. Your browser will ask for permission first.",
  on: "This browser shows new notifications, even while the site is closed. Signing out ends it.",
  blocked:
    "Your browser blocks notifications from this site. Allow them in its settings for this site to turn them on here.",
  unsupported: "This browser cannot show notifications while the site is closed.",
  install:
    "On iPhone and iPad, put this site on your Home Screen first: tap Share, then “Add to Home Screen”, and open it from there.",
  turnOn: "Turn on",
  turnOff: "Turn off",
  failed: "That did not work. Please try again.",
};

export type PushMessages = typeof ENGLISH;
