/** One finding of `tozo doctor`. */
export interface Check {
  readonly name: string;
  /**
   * - `ok`: nothing to do
   * - `note`: works, and is worth knowing
   * - `problem`: must be fixed before a deploy
   * - `skipped`: needs something that is missing
   */
  readonly state: 'ok' | 'note' | 'problem' | 'skipped';
  readonly text: string;
  /** A line to copy into a shell. */
  readonly remedy?: string;
}

export function ok(name: string, text: string): Check {
  return { name, state: 'ok', text };
}

export function note(name: string, text: string, remedy?: string): Check {
  return { name, state: 'note', text, ...(remedy ? { remedy } : {}) };
}

export function problem(name: string, text: string, remedy: string): Check {
  return { name, state: 'problem', text, remedy };
}

export function skipped(name: string, text: string): Check {
  return { name, state: 'skipped', text };
}
