/** What somebody has switched on in this browser; another account of it has its own. */

export type Choice = "desktop" | "sound";

/** Where `<notify-push>` notes whose browser this is. */
const PUSHED = "realtime-notify-push";

function key(choice: Choice, user: string): string {
  return `realtime-notify-${choice}:${user}`;
}

export function isChosen(choice: Choice, user: string): boolean {
  return read(key(choice, user)) !== null;
}

export function choose(choice: Choice, user: string, on: boolean): void {
  try {
    if (on) localStorage.setItem(key(choice, user), "on");
    else localStorage.removeItem(key(choice, user));
  } catch {
    // The browser keeps nothing for this site.
  }
}

/** Whether Web Push tells this person in this browser, so that nothing else has to. */
export function isPushed(user: string): boolean {
  return read(PUSHED) === user;
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
