/** A file to write. */
export interface FileChange {
  /** Relative to the root. */
  readonly path: string;
  /** Absent: the file doesn't exist. */
  readonly before?: string;
  readonly after: string;
}

export function toJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** A file with the line ends of Windows keeps them. */
export function keepLineEnds(change: FileChange): FileChange {
  if (!change.before?.includes('\r\n')) return change;
  return { ...change, after: change.after.replaceAll(/\r?\n/g, '\r\n') };
}
