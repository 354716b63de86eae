/** The popover of a browser, as far as the element uses it; happy-dom has none. */

const shown = new WeakSet<HTMLElement>();

function set(element: HTMLElement, open: boolean): void {
  if (shown.has(element) === open) return;
  const newState = open ? "open" : "closed";
  element.dispatchEvent(Object.assign(new Event("beforetoggle"), { newState }));
  if (open) shown.add(element);
  else shown.delete(element);
  element.dispatchEvent(Object.assign(new Event("toggle"), { newState }));
}

export function installPopover(): void {
  Object.assign(HTMLElement.prototype, {
    showPopover(this: HTMLElement) {
      set(this, true);
    },
    hidePopover(this: HTMLElement) {
      set(this, false);
    },
    togglePopover(this: HTMLElement) {
      set(this, !shown.has(this));
    },
  });
  Object.defineProperty(HTMLButtonElement.prototype, "popoverTargetElement", {
    configurable: true,
    set(this: HTMLButtonElement, target: HTMLElement) {
      // A button acts after all of its listeners.
      queueMicrotask(() => this.addEventListener("click", () => target.togglePopover()));
    },
  });
}
