/** The texts of the menu of a row, the preferences and the list of the keys. */

export const MENU_ENGLISH = {
  delete: "Delete",
  keys: "Keys",
  keyMove: "Next or previous",
  keyEnds: "First or last",
  keyOpen: "Open",
  keyHelp: "Show or hide this help",
  snooze: "Snooze until",
  snoozeHour: "In an hour",
  snoozeEvening: "This evening",
  snoozeTomorrow: "Tomorrow morning",
  snoozeWeek: "Next week",
  snoozed: "Snoozed until {time}",
  mute: "Mute this type",
  muted: "You get no more of: {type}",
  allPreferences: "All preferences",
  back: "Back",
  alwaysOn: "Always on",
  offElsewhere: "Switched off as a whole under “All preferences”",
};

export type MenuMessages = typeof MENU_ENGLISH;
