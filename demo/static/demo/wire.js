// The panel that shows what goes over the wire. It only listens: to the client that the bell
// uses, found in the registry that all bundles of realtime_notify share.

const KEPT = 200;
const NOT_SIGNED_IN = 4501;
const NUMBERS = new Set(["id", "rev", "from", "unread", "unseen", "ping", "next"]);

const list = document.querySelector("#frames");
const state = document.querySelector("#wire-state");
const count = document.querySelector("#meter-frames");
const meters = {
  rev: document.querySelector("#meter-rev"),
  unread: document.querySelector("#meter-unread"),
  unseen: document.querySelector("#meter-unseen"),
};
let frames = 0;

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** One word for what a frame is about. */
function about(frame) {
  if (frame === null || typeof frame !== "object") return "?";
  if (frame.bye) return "bye";
  if (frame.error) return "error";
  if (frame.reset) return "reset";
  if (frame.put && frame.seen) return "synced";
  if (frame.beat !== undefined) return "heartbeat";
  // "unread" is a counter from the server and a verb from the client.
  const isVerb = (key) => !NUMBERS.has(key) || typeof frame[key] === "object";
  return Object.keys(frame).find((key) => frame[key] !== null && isVerb(key)) ?? "answer";
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function show({ direction, text }) {
  const frame = parse(text);
  const now = new Date();
  const row = element("li", "frame");
  row.dataset.direction = direction;
  const details = element("details");
  const summary = element("summary");
  const arrow = element("span", "arrow", direction === "out" ? "↑" : "↓");
  arrow.setAttribute("role", "img");
  arrow.setAttribute("aria-label", state.dataset[direction]);
  const time = element("time", "", now.toLocaleTimeString([], { hour12: false }));
  time.dateTime = now.toISOString();
  summary.append(arrow, element("span", "what", about(frame)), element("span", "text", text), time);
  // Written out when it is opened: most frames never are.
  details.addEventListener(
    "toggle",
    () => details.append(element("pre", "", frame ? JSON.stringify(frame, null, 2) : text)),
    { once: true },
  );
  details.append(summary);
  row.append(details);
  list.prepend(row);
  while (list.childElementCount > KEPT) list.lastElementChild.remove();
  frames += 1;
  count.textContent = String(frames);
  if (direction === "in" && typeof frame?.rev === "number") meters.rev.textContent = frame.rev;
}

function showState({ status, reason, ready, unread, unseen }) {
  state.dataset.status = status;
  const text = reason === NOT_SIGNED_IN ? "textsignedout" : `text${status}`;
  state.textContent = state.dataset[text] ?? status;
  if (!ready) return;
  meters.unread.textContent = unread;
  meters.unseen.textContent = unseen;
}

document.querySelector("#wire-clear").addEventListener("click", () => list.replaceChildren());

// The bell makes its client when it is upgraded, and the first frame goes out only after that.
await customElements.whenDefined("notify-bell");
for (const { client } of globalThis[Symbol.for("realtime-notify")]?.values() ?? []) {
  client.addEventListener("frame", (event) => show(event.detail));
  client.addEventListener("change", (event) => showState(event.detail));
  showState(client.state);
}
