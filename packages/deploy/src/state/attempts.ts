import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { digestSchema } from './records/record.ts';
import { fileNameFor, stateDirectory } from './state-directory.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

const attemptSchema = z.object({
  version: z.literal(1),
  app: z.string(),
  baseline: z.object({ version: z.int().positive(), id: z.string() }).optional(),
  images: z.record(z.string(), digestSchema),
  at: z.iso.datetime(),
});

/**
 * A deploy that has begun to change something. `baseline` is the release that was current before its first change; absent
 * when there was none. `images` are what it releases, by process type; `at` is an ISO time.
 */
export type Attempt = z.infer<typeof attemptSchema>;

/**
 * Remembers the running deploy of an app on this machine. A killed one leaves its attempt behind. The next deploy reads it to
 * know which release ran before the killed one's first release.
 */
export interface Attempts {
  /** Returns the deploy that was killed, if the last one was. Never fails. */
  interrupted(): Promise<Attempt | undefined>;
  /**
   * Call before the first change.
   * @returns undefined, or why the attempt couldn't be stored
   */
  begin(attempt: Pick<Attempt, 'baseline' | 'images'>): Promise<string | undefined>;
  /** Call when the deploy's end is known. Never fails. */
  end(): Promise<void>;
}

export function openAttempts(options: { app: string; target: string; directory?: string }): Attempts {
  const { app, target, directory = stateDirectory() } = options;
  const file = join(directory, 'attempts', fileNameFor(target), `${fileNameFor(app)}.json`);
  return {
    async interrupted() {
      const attempt = parseAttempt(await readStateFile(file));
      return attempt?.app === app ? attempt : undefined;
    },
    async begin({ baseline, images }) {
      const at = new Date().toISOString();
      const attempt: Attempt = { version: 1, app, ...(baseline ? { baseline } : {}), images, at };
      try {
        await writeStateFile(file, JSON.stringify(attempt));
        return undefined;
      } catch (error) {
        return (error as Error).message;
      }
    },
    end: () => rm(file, { force: true }).catch(() => undefined),
  };
}

function parseAttempt(json: string | undefined): Attempt | undefined {
  if (json === undefined) return undefined;
  try {
    return attemptSchema.safeParse(JSON.parse(json)).data;
  } catch {
    return undefined;
  }
}
