/** What somebody has switched on in this browser; another account of it has its own. */

export type Choice = "desktop" | "sound";

/** What the browser keeps for no longer than the page is there, as it stores nothing for this site. */
const unkept = new Set<string>();

/** Where `<notify-push>` notes whose browser this is. */
const PUSHED = "realtime-notify-push";

function key(choice: Choice, user: string): string {
  return `realtime-notify-${choice}:${user}`;
}

export function isChosen(choice: Choice, user: string): boolean {
  const name = key(choice, user);
  return unkept.has(name) || read(name) !== null;
}

export function choose(choice: Choice, user: string, on: boolean): void {
  const name = key(choice, user);
  unkept.delete(name);
  try {
    if (on) localStorage.setItem(name, "on");
    else localStorage.removeItem(name);
  } catch {
    if (on) unkept.add(name);
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
