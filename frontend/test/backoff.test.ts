import { describe, expect, it, vi } from "vitest";
import { between, fullJitter } from "../src/connection/backoff";

function draw(random: number): void {
  vi.spyOn(Math, "random").mockReturnValue(random);
}

describe("the backoff", () => {
  it("doubles its ceiling with each attempt up to the cap, and any wait below is possible", () => {
    draw(1);
    const ceilings = [0, 1, 2, 3, 4, 5, 6, 7, 50].map((attempt) => fullJitter(attempt));
    expect(ceilings).toEqual([500, 1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000]);
    draw(0);
    expect(fullJitter(3)).toBe(0);
    draw(0.25);
    expect(fullJitter(3)).toBe(1000);
  });

  it("is spread evenly between two bounds where the server gives them", () => {
    for (const [random, found] of [
      [0, 2],
      [0.5, 5],
      [1, 8],
    ] as const) {
      draw(random);
      expect(between(2, 8)).toBe(found);
    }
  });
});
