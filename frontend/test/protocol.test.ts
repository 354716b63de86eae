import { expect, it } from "vitest";
import { Close, isFinal, parse, SUBPROTOCOL } from "../src/wire/protocol";

const python = Object.values(
  import.meta.glob<string>("../../realtime_notify/wire/protocol.py", {
    eager: true,
    query: "?raw",
    import: "default",
  }),
)[0] as string;

it("the close codes and the subprotocol are those of the server", () => {
  const theirs = [...python.matchAll(/^ {4}([A-Z_]+) = (4\d\d\d)$/gm)].map(
    ([, name = "", code]) => [name.replaceAll("_", "").toLowerCase(), Number(code)],
  );
  const ours = Object.entries(Close).filter(([, code]) => typeof code === "number");
  expect(theirs.length).toBeGreaterThan(5);
  expect(ours.map(([name, code]) => [name.toLowerCase(), code])).toEqual(theirs);
  expect(python).toContain(`SUBPROTOCOL = "${SUBPROTOCOL}"`);
});

it("only codes from 4500 to 4999 keep the browser away", () => {
  const codes = [1000, 1006, 1013, 4000, 4001, 4499, 4500, 4501, 4999, 5000];
  expect(codes.filter(isFinal)).toEqual([4500, 4501, 4999]);
});

it("text that is no frame is parsed as null", () => {
  for (const text of ["", "{", "null", "7", "[]", "{}", '{"rev":"1"}'])
    expect(parse(text)).toBe(null);
  for (const text of ['{"rev":1}', '{"bye":{}}', '{"error":{}}'])
    expect(parse(text)).not.toBe(null);
});
