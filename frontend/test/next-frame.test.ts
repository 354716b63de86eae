import { beforeEach, expect, it, vi } from "vitest";
import { beforeNextFrame } from "../src/bell/next-frame";

let draw: ReturnType<typeof vi.fn<() => void>>;
let ask: () => void;

beforeEach(() => {
  vi.useFakeTimers();
  draw = vi.fn();
  ask = beforeNextFrame(draw);
  return () => {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  };
});

it("draws once for all that asks before the next frame, and not at once", () => {
  for (let asked = 0; asked < 200; asked += 1) ask();
  expect(draw).not.toHaveBeenCalled();
  vi.advanceTimersToNextFrame();
  expect(draw).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1_000);
  expect(draw).toHaveBeenCalledTimes(1);
});

it("draws again for what asks later, in the drawing too", () => {
  draw.mockImplementationOnce(ask);
  ask();
  vi.advanceTimersToNextFrame();
  expect(draw).toHaveBeenCalledTimes(1);
  vi.advanceTimersToNextFrame();
  expect(draw).toHaveBeenCalledTimes(2);
});

it("draws soon in a hidden tab, which gets no frame", () => {
  vi.stubGlobal("requestAnimationFrame", () => 1);
  for (const times of [1, 2]) {
    ask();
    ask();
    vi.advanceTimersByTime(200);
    expect(draw).toHaveBeenCalledTimes(times);
  }
});
