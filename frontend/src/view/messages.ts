/** Texts with gaps and plural forms. Each part of the interface brings its own, in English. */

/** A text, or a text for each plural form of the language. */
export type Message = string | Partial<Record<Intl.LDMLPluralRule, string>>;

export type Values = Readonly<Record<string, string | number>>;

export type Translate<Texts> = (name: keyof Texts & string, values?: Values) => string;

/** The texts that the server gives an element in the language of the page; none in English. */
export function givenTexts(element: Element): Record<string, Message> {
  return JSON.parse(element.getAttribute("texts") || "{}");
}

/** Fills the gaps of a text. */
export function fill(text: string, values: Values): string {
  return text.replace(/\{(\w+)\}/g, (gap, key: string) => String(values[key] ?? gap));
}

/** Makes a function that looks up a text, picks its plural form by `count` and fills its gaps. */
export function translator<Texts extends Readonly<Record<string, Message>>>(
  texts: Texts,
  locale: string,
): Translate<Texts> {
  const plurals = new Intl.PluralRules(locale);
  return (name, values = {}) => {
    const message: Message = texts[name] ?? "";
    const text =
      typeof message === "string"
        ? message
        : (message[plurals.select(Number(values.count ?? 0))] ?? message.other ?? "");
    return fill(text, values);
  };
}
