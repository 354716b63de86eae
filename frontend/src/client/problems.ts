/** How operations end that the server has not refused. */

import type { Problem } from "../wire/protocol";

/** How many operations may wait for the server. */
export const MOST = 200;

export const FULL: Problem = {
  code: "too_many_pending",
  message: `${MOST} operations wait for the server already.`,
  temporary: true,
};
/** How something ends that was not meant. */
export const UNDONE: Problem = {
  code: "undone",
  message: "It has been undone.",
  temporary: false,
};
export const EXPIRED: Problem = {
  code: "expired",
  message: "The server could not be reached for a day.",
  temporary: false,
};
export const ENDED: Problem = {
  code: "other_inbox",
  message: "Its account is not signed in any more.",
  temporary: false,
};
