/*
 * The control sequences that this command itself writes. An `Output` escapes everything else, so only what is created here
 * can control a terminal or GitLab's job log.
 */

class Sequence {
  readonly bytes: string;

  constructor(bytes: string) {
    this.bytes = bytes;
  }
}

export type ControlSequence = Sequence;

export function isControlSequence(value: unknown): value is ControlSequence {
  return value instanceof Sequence;
}

/** Returns to the start of the terminal's current line and clears it. */
export const clearLine: ControlSequence = new Sequence('\r\u001B[2K');

/**
 * Starts a section of GitLab's job log. What follows on the line is its title.
 * @param name letters, digits, `_`, `.` and `-`; others become `_`
 * @see https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections
 */
export function sectionStart(name: string, options: { readonly collapsed: boolean }): ControlSequence {
  return section('start', `${sectionName(name)}${options.collapsed ? '[collapsed=true]' : ''}`);
}

export function sectionEnd(name: string): ControlSequence {
  return section('end', sectionName(name));
}

function section(edge: 'start' | 'end', name: string): ControlSequence {
  return new Sequence(`section_${edge}:${Math.floor(Date.now() / 1000)}:${name}\r\u001B[0K`);
}

function sectionName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_.-]/g, '_');
}
