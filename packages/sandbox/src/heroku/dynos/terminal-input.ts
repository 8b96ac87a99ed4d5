import { Transform } from 'node:stream';

const interrupt = 0x03;
const endOfTransmission = 0x04;
const carriageReturn = 0x0d;
const newline = 0x0a;

export interface TerminalInputOptions {
  /** Whether keys have a terminal's meaning: Enter is a newline, Ctrl-C interrupts. */
  readonly isTerminal: boolean;
  readonly onInterrupt: () => void;
}

/** Returns the input of a program whose client sends keys. Ctrl-D, which clients also send at their input's end, ends it. */
export function terminalInput({ isTerminal, onInterrupt }: TerminalInputOptions): Transform {
  let hasEnded = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      if (hasEnded) return done();
      const end = chunk.indexOf(endOfTransmission);
      const keys = end < 0 ? chunk : chunk.subarray(0, end);
      if (isTerminal && keys.includes(interrupt)) onInterrupt();
      this.push(isTerminal ? keys.filter((key) => key !== interrupt).map(toNewline) : keys);
      if (end >= 0) {
        hasEnded = true;
        this.push(null);
      }
      done();
    },
    flush(done) {
      if (!hasEnded) this.push(null);
      done();
    },
  });
}

const toNewline = (key: number): number => (key === carriageReturn ? newline : key);
