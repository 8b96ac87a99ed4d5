/** An assumption and its alternative. */
export interface Switch<Value> {
  /** What is documented, and what isn't. */
  readonly doubt: string;
  /** The default, then the alternative. */
  readonly values: readonly [Value, Value];
}

export type Switches<Assumptions> = { readonly [Name in keyof Assumptions]: Switch<Assumptions[Name]> };

export const defaultsOf = <Assumptions>(switches: Switches<Assumptions>): Assumptions => valuesOf(switches, 0);

export const othersOf = <Assumptions>(switches: Switches<Assumptions>): Assumptions => valuesOf(switches, 1);

function valuesOf<Assumptions>(switches: Switches<Assumptions>, side: 0 | 1): Assumptions {
  const entries = Object.entries(switches) as [string, Switch<unknown>][];
  return Object.fromEntries(entries.map(([name, { values }]) => [name, values[side]])) as Assumptions;
}
