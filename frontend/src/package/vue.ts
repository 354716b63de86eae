/** `realtime-notify/vue`: the inbox as a composable, and the bell as a component. Vue 3. */

import {
  defineComponent,
  h,
  type MaybeRefOrGetter,
  onMounted,
  type ShallowRef,
  shallowRef,
  toValue,
  watch,
} from "vue";
import type { Address } from "../client/registry";
import { hold, type Inbox, identity, NO_INBOX } from "./inbox";

/**
 * Connects while the component is there; `inbox.value` is a new object after each change.
 *
 *     const inbox = useNotifications({ wsUrl, apiUrl, user });
 */
export function useNotifications(address: MaybeRefOrGetter<Address>): ShallowRef<Inbox> {
  const inbox = shallowRef<Inbox>(NO_INBOX);
  watch(
    () => identity(toValue(address)),
    (_id, _before, onCleanup) => {
      const stop = hold(toValue(address), (now) => {
        inbox.value = now;
      });
      onCleanup(() => {
        stop();
        inbox.value = NO_INBOX;
      });
    },
    { immediate: true },
  );
  return inbox;
}

/** `<notify-bell>`, which needs no `isCustomElement` this way: `<NotifyBell ws-url="..." />`. */
export const NotifyBell = defineComponent((_props, { attrs, slots }) => {
  // Not at the top of the module: a server that renders has no elements.
  onMounted(() => void import("./bell"));
  return () => h("notify-bell", attrs, slots.default?.());
});
