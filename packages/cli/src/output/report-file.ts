import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UsageError } from '../usage-error.ts';

/** The file of `--report`. */
export interface ReportFile {
  /** Writes the report, synchronously: a process that has to end can't wait. @throws Error if that fails */
  write(text: string): void;
}

/** This process's own streams: another open file of the same pipe or file may not exist, or overwrite what is there. */
const ownStreams: Readonly<Record<string, number>> = {
  '/dev/stdout': 1,
  '/dev/fd/1': 1,
  '/proc/self/fd/1': 1,
  '/dev/stderr': 2,
  '/dev/fd/2': 2,
  '/proc/self/fd/2': 2,
};

/**
 * Checks that a report can be written, and removes the report of an earlier run: it must not be taken for this one's.
 * @param file absolute
 * @throws UsageError
 */
export function openReportFile(file: string): ReportFile {
  const stream = ownStreams[file];
  if (stream !== undefined) return { write: (text) => writeFileSync(stream, text) };
  try {
    const existing = statSync(file, { throwIfNoEntry: false });
    if (existing?.isDirectory()) throw new Error("it's a directory");
    return existing && !existing.isFile() ? openSpecial(file) : openRegular(existing ? realpathSync(file) : file);
  } catch (error) {
    throw new UsageError(
      `Can't write the report ${file}: ${(error as Error).message}. Use another file for --report.`,
      {
        cause: error,
      },
    );
  }
}

/** A FIFO, a socket or a device isn't opened before there is a report: closing it would end its reader. */
function openSpecial(file: string): ReportFile {
  return { write: (text) => writeTo(file, constants.O_WRONLY | constants.O_NONBLOCK, text) };
}

/** Writes a file next to the report and renames it, so that a reader sees a whole report or none. */
function openRegular(file: string): ReportFile {
  const write = (text: string): void => {
    const temporary = join(dirname(file), `.${basename(file)}.${process.pid}.${randomBytes(4).toString('hex')}`);
    try {
      writeTo(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, text);
      renameSync(temporary, file);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw error;
    }
  };
  write('');
  rmSync(file);
  return { write };
}

function writeTo(file: string, flags: number, text: string): void {
  const descriptor = openSync(file, flags, 0o666);
  try {
    writeFileSync(descriptor, text);
    if ((flags & constants.O_CREAT) !== 0) fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
