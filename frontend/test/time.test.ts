import { describe, expect, it } from "vitest";
import { relativeTime } from "../src/view/time";

const CREATED = "2026-01-02T03:04:05Z";
const AT = Date.parse(CREATED);
const MINUTE = 60_000;

describe("a relative time", () => {
  it("is said in the largest unit that fits, in the language of the page", () => {
    expect(relativeTime(CREATED, AT + 59_000, "en")).toBe("now");
    expect(relativeTime(CREATED, AT + 119_000, "en")).toBe("1 minute ago");
    expect(relativeTime(CREATED, AT + 90 * MINUTE, "de")).toBe("vor 1 Stunde");
    expect(relativeTime(CREATED, AT + 50 * 60 * MINUTE, "en")).toBe("2 days ago");
  });

  it("is now, never the future, on a computer whose clock is behind the server's", () => {
    for (const behind of [1, 10, 120]) {
      expect(relativeTime(CREATED, AT - behind * MINUTE, "en")).toBe("now");
    }
  });

  it("is empty when there is no such moment", () => {
    expect(relativeTime("", AT, "en")).toBe("");
  });
});
