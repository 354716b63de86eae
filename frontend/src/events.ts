/** An EventTarget whose events are known by name and detail. */

export class TypedTarget<Details extends object> {
  readonly #target = new EventTarget();

  addEventListener<Name extends keyof Details & string>(
    name: Name,
    listener: (event: CustomEvent<Details[Name]>) => void,
    options?: AddEventListenerOptions,
  ): void {
    this.#target.addEventListener(name, listener as EventListener, options);
  }

  removeEventListener<Name extends keyof Details & string>(
    name: Name,
    listener: (event: CustomEvent<Details[Name]>) => void,
  ): void {
    this.#target.removeEventListener(name, listener as EventListener);
  }

  protected emit<Name extends keyof Details & string>(name: Name, detail: Details[Name]): void {
    this.#target.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
