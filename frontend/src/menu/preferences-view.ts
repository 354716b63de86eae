/** The preferences in the panel: for each type a switch for each medium, saved at once. */

import type { GroupChoice, Preferences, TypeChoice } from "../client/preferences";
import type { ActionHost } from "../panel/actions";
import { icon } from "../view/controls";
import { h, setAttribute, setText } from "../view/dom";
import { translateFor } from "./menu-texts";

export class PreferencesView {
  readonly #host: ActionHost;
  readonly #title = h("h2", "title", { id: "preferences", tabindex: "-1" });
  readonly #back = h("button", "back", { type: "button" }, icon("back"));
  readonly #error = h("p", "error", { role: "alert" });
  readonly #body = h("div", "choices");
  readonly #page = h("a", "see-all");
  readonly #element = h(
    "div",
    "preferences",
    { role: "region", "aria-labelledby": "preferences" },
    h("div", "header", {}, this.#back, this.#title),
    this.#error,
    this.#body,
    this.#page,
  );

  constructor(host: ActionHost) {
    this.#host = host;
    this.#element.hidden = true;
    host.panel.element.append(this.#element);
    this.#back.addEventListener("click", () => {
      this.#show(false);
      host.panel.title.focus();
    });
    // Its keys are no keys of the list.
    this.#element.addEventListener("keydown", (event) => event.stopPropagation());
    this.#element.addEventListener("click", (event) => event.stopPropagation());
    host.panel.element.addEventListener("toggle", ({ target, newState }: ToggleEvent) => {
      if (target === host.panel.element && newState === "closed") this.#show(false);
    });
  }

  async open(): Promise<void> {
    const translate = translateFor(this.#host);
    const { inboxUrl } = this.#host.context;
    setText(this.#title, translate("preferences"));
    setAttribute(this.#back, "aria-label", translate("back"));
    setText(this.#page, translate("allPreferences"));
    setAttribute(this.#page, "href", `${inboxUrl}preferences/`);
    this.#body.replaceChildren();
    this.#show(true);
    this.#title.focus();
    this.#draw(await this.#ask());
  }

  #show(shown: boolean): void {
    this.#element.hidden = !shown;
    setAttribute(this.#host.panel.element, "data-view", shown ? "preferences" : undefined);
  }

  async #ask(change?: { key: string; opted_out: string[] }): Promise<Preferences | null> {
    const { bell, context } = this.#host;
    setText(this.#error, "");
    setAttribute(this.#body, "aria-busy", "true");
    const found = (await bell.client?.preferences(change)) ?? null;
    setAttribute(this.#body, "aria-busy", undefined);
    if (!found) setText(this.#error, context.translate("failed"));
    return found;
  }

  #draw(preferences: Preferences | null): void {
    if (!preferences) return;
    const groups = preferences.groups.map((group) =>
      h(
        "section",
        "choice-group",
        {},
        ...(group.label ? [h("h3", "", {}, group.label)] : []),
        ...group.types.map((type) => this.#choice(preferences, group, type)),
      ),
    );
    this.#body.replaceChildren(...groups);
  }

  #choice(preferences: Preferences, group: GroupChoice, type: TypeChoice): HTMLElement {
    const translate = translateFor(this.#host);
    // A wider opt-out overrules the switches of a type, which cannot take it back.
    const wider = new Set([...preferences.opted_out, ...group.opted_out]);
    const overruled = preferences.media.some(({ name }) => wider.has(name));
    const note = type.required ? "alwaysOn" : overruled ? "offElsewhere" : null;
    const hint = note ? translate(note) : type.description;
    const field = h("fieldset", "choice", {}, h("legend", "", {}, type.label));
    if (hint) field.append(h("p", "choice-hint", {}, hint));
    for (const { name, label } of preferences.media) {
      const input = h("input", "", { type: "checkbox", role: "switch", name });
      input.checked = type.required || !(wider.has(name) || type.opted_out.includes(name));
      input.disabled = type.required || wider.has(name);
      input.addEventListener("change", () => void this.#save(type.key, field, input));
      field.append(h("label", "switch", {}, label, input));
    }
    return field;
  }

  /** Saves what the switches of a type say; without the server's answer it is not so. */
  async #save(key: string, field: HTMLElement, input: HTMLInputElement): Promise<void> {
    const inputs = [...field.querySelectorAll<HTMLInputElement>("input:not(:disabled)")];
    const opted_out = inputs.filter(({ checked }) => !checked).map(({ name }) => name);
    if (!(await this.#ask({ key, opted_out }))) input.checked = !input.checked;
  }
}
