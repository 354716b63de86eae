/** `realtime-notify/react`: the inbox as a hook, and the bell as a component. React 18 or later. */

import { createElement, type ReactElement, useEffect, useRef, useState } from "react";
import type { Messages } from "../bell/bell-messages";
import type { Address } from "../client/registry";
import type { BellEvents } from "../view/bell-events";
import { hold, type Inbox, identity, NO_INBOX } from "./inbox";

/**
 * Connects while the component is mounted, and renders it again at each change.
 *
 *     const { client, state } = useNotifications({ wsUrl, apiUrl, user });
 */
export function useNotifications(address: Address): Inbox {
  const [inbox, setInbox] = useState<Inbox>(NO_INBOX);
  const latest = useRef(address);
  latest.current = address;
  const id = identity(address);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the id stands for the address
  useEffect(() => {
    const stop = hold(latest.current, setInbox);
    return () => {
      stop();
      setInbox(NO_INBOX);
    };
  }, [id]);
  return inbox;
}

type Listener<Name extends keyof BellEvents> = (event: CustomEvent<BellEvents[Name]>) => void;

/** Attributes in camel case, as `wsUrl` for `ws-url`, and listeners for the events of the bell. */
export interface NotifyBellProps {
  readonly [attribute: string]: unknown;
  readonly messages?: Partial<Messages>;
  readonly onReceived?: Listener<"notify-received">;
  readonly onClick?: Listener<"notify-click">;
  readonly onOpen?: Listener<"notify-open">;
  readonly onClose?: Listener<"notify-close">;
  readonly onUnreadChange?: Listener<"notify-unread-change">;
  readonly onStatus?: Listener<"notify-status">;
  readonly onError?: Listener<"notify-error">;
}

const EVENTS = {
  onReceived: "notify-received",
  onClick: "notify-click",
  onOpen: "notify-open",
  onClose: "notify-close",
  onUnreadChange: "notify-unread-change",
  onStatus: "notify-status",
  onError: "notify-error",
} as const satisfies Record<string, keyof BellEvents>;

/** `<notify-bell>`: `<NotifyBell wsUrl="..." apiUrl="..." user="7" onClick={...} />`. */
export function NotifyBell({ messages, ...props }: NotifyBellProps): ReactElement {
  const element = useRef<HTMLElementTagNameMap["notify-bell"]>(null);
  const latest = useRef(props);
  latest.current = props;

  useEffect(() => {
    const { current } = element;
    const stop = new AbortController();
    for (const [prop, name] of Object.entries(EVENTS)) {
      const listener = (event: Event) => {
        (latest.current[prop] as ((event: Event) => void) | undefined)?.(event);
      };
      current?.addEventListener(name, listener, { signal: stop.signal });
    }
    return () => stop.abort();
  }, []);

  useEffect(() => {
    // Not at the top of the module: a server that renders has no elements.
    void import("./bell").then(() => {
      if (messages && element.current) element.current.messages = messages;
    });
  }, [messages]);

  const attributes = Object.entries(props).filter(([name]) => !(name in EVENTS));
  return createElement("notify-bell", {
    ref: element,
    ...Object.fromEntries(attributes.map(([name, value]) => [kebab(name), value])),
  });
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
