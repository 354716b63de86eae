// Brings the element of a frame into the state that the frame shows.

const { element, open, press, browser, arrive } = document.body.dataset;

/** Makes this browser one of another kind, before the elements look at it. */
const BECOME = {
  blocked: () => Object.defineProperty(Notification, "permission", { value: "denied" }),
  unsupported: () => delete window.PushManager,
  install: () => {
    delete window.PushManager;
    Object.defineProperty(navigator, "userAgent", { value: "iPhone" });
  },
};
BECOME[browser]?.();

/** Waits for something in the panel, which is loaded and drawn as it is needed. */
function find(root, selector) {
  const found = () => root.querySelector(selector);
  return new Promise((resolve) => {
    if (found()) resolve(found());
    const observer = new MutationObserver(() => {
      if (!found()) return;
      observer.disconnect();
      resolve(found());
    });
    observer.observe(root, { childList: true, subtree: true });
  });
}

/** Menus take the focus, which would scroll the gallery to them. */
function inView(node) {
  return new Promise((resolve) => {
    const seen = (entries) => entries.some(({ isIntersecting }) => isIntersecting) && resolve();
    new IntersectionObserver(seen, { threshold: 1 }).observe(node);
  });
}

async function openPanel() {
  await customElements.whenDefined("notify-bell");
  const bell = document.querySelector("notify-bell");
  bell.show();
  if (press) await inView(document.querySelector(".frame-title"));
  for (const part of press.split(" ").filter(Boolean)) {
    const item = await find(bell.shadowRoot, ".panel:popover-open .item");
    if (part === "?") item.dispatchEvent(new KeyboardEvent("keydown", { key: part, bubbles: true }));
    else (await find(bell.shadowRoot, `button[part~="${part}"]`)).click();
  }
}

if (element === "bell" && open === "true") void openPanel();

document.querySelector("#arrive")?.addEventListener("click", () => {
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  void fetch(arrive, { method: "POST", headers: { "X-CSRFToken": token } });
});
