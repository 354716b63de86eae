import { describe, expect, it } from "vitest";
import { between, fullJitter } from "../src/connection/backoff";

describe("the backoff", () => {
  it("doubles its ceiling with each attempt up to the cap, and any wait below is possible", () => {
    const ceilings = [0, 1, 2, 3, 4, 5, 6, 7, 50].map((attempt) => fullJitter(attempt, () => 1));
    expect(ceilings).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
    expect(fullJitter(3, () => 0)).toBe(0);
    expect(fullJitter(3, () => 0.25)).toBe(1000);
  });

  it("is spread evenly between two bounds where the server gives them", () => {
    expect([0, 0.5, 1].map((random) => between(2, 8, () => random))).toEqual([2, 5, 8]);
  });
});
