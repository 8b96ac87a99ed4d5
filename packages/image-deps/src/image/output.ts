import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { ImageDepsError } from '../errors.ts';

/** The directories of the output, from what changes least to what changes most: one layer each. */
export const layers = ['packages', 'libraries', 'app'] as const;

export type Layer = (typeof layers)[number];

/**
 * Fills a new directory and puts it in place of the old one, which stays if that fails. Returns what `fill` returns.
 * @throws ImageDepsError OUTPUT_INVALID if the directory contains anything but an earlier output, or the app
 */
export async function replaceOutput<T>(out: string, app: string, fill: (directory: string) => Promise<T>): Promise<T> {
  await assertReplaceable(out, app);
  await mkdir(dirname(out), { recursive: true });
  const next = await mkdtemp(join(dirname(out), `.${basename(out)}-`));
  try {
    for (const layer of layers) await mkdir(join(next, layer));
    const result = await fill(next);
    await rm(out, { recursive: true, force: true });
    await rename(next, out);
    return result;
  } catch (error) {
    await rm(next, { recursive: true, force: true });
    throw error;
  }
}

export async function assertReplaceable(out: string, app: string): Promise<void> {
  const fromOut = relative(resolve(out), resolve(app));
  const names = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new ImageDepsError('OUTPUT_INVALID', `${out} can't be written: ${error.message}`, { cause: error });
  });
  const foreign = names.filter((name) => !(layers as readonly string[]).includes(name));
  if (foreign.length === 0 && fromOut !== '' && (fromOut === '..' || fromOut.startsWith('../'))) return;
  const what =
    foreign.length > 0 ? `contains ${foreign[0]}, which isn't an output of this command` : 'contains the app';
  throw new ImageDepsError('OUTPUT_INVALID', `${out} ${what}, and would be replaced: choose another directory.`);
}
