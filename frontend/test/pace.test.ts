import { beforeEach, describe, expect, it, vi } from "vitest";
import { Pace } from "../src/panel/pace";

describe("a pace", () => {
  let draws = 0;
  let pace: Pace;

  beforeEach(() => {
    vi.useFakeTimers();
    draws = 0;
    pace = new Pace(() => {
      draws += 1;
    });
    return () => vi.useRealTimers();
  });

  /** Asks so many times, each so many milliseconds after the one before. */
  async function ask(times: number, every: number): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      pace.ask();
      await vi.advanceTimersByTimeAsync(every);
    }
  }

  it("draws what comes now and then at once", () => {
    for (let draw = 1; draw <= 12; draw += 1) {
      pace.ask();
      expect(draws).toBe(draw);
    }
  });

  it("draws four arrivals a second at once, which are marked seen", async () => {
    for (let arrival = 1; arrival <= 8; arrival += 1) {
      for (let change = 1; change <= 3; change += 1) {
        pace.ask();
        expect(draws).toBe(3 * (arrival - 1) + change);
        await vi.advanceTimersByTimeAsync(84);
      }
    }
  });

  it("draws a burst about ten times a second", async () => {
    await ask(200, 5);
    expect(draws).toBeGreaterThan(16);
    expect(draws).toBeLessThan(24);
  });

  it("draws the last change of a burst", async () => {
    await ask(60, 16);
    await vi.advanceTimersByTimeAsync(100);
    const last = draws;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(draws).toBe(last);
    pace.ask();
    expect(draws).toBe(last + 1);
  });

  it("draws nothing once it has stopped", async () => {
    await ask(20, 1);
    const before = draws;
    pace.stop();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(draws).toBe(before);
  });
});
