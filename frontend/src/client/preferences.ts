/** What a person has chosen to be told of, as `api/preferences/` says it. */

/** A type of events. */
export interface TypeChoice {
  readonly key: string;
  readonly label: string;
  readonly description: string;
  /** Whether nobody may opt out of it. */
  readonly required: boolean;
  /** The names of the media by which it does not come. */
  readonly opted_out: readonly string[];
}

export interface GroupChoice {
  readonly name: string;
  readonly label: string;
  readonly opted_out: readonly string[];
  readonly types: readonly TypeChoice[];
}

export interface Preferences {
  readonly media: readonly { readonly name: string; readonly label: string }[];
  readonly opted_out: readonly string[];
  readonly groups: readonly GroupChoice[];
}

/** Says by which media a type does not come. */
export interface OptOut {
  readonly key: string;
  readonly opted_out: readonly string[];
}
