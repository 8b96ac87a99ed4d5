import { constants } from 'node:fs';
import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  formatImageReference,
  type HandedOver,
  isDigest,
  layoutReference,
  parseImageReference,
} from '@tozo/registry-pusher';
import { DeployError } from '../errors.ts';

/** Where `tozo image` writes, relative to the project. */
export const handoverDirectory = '.tozo/image';

const fileName = 'image.json';
const maxSize = 64 * 1024;

/** The registries of a deploy job that an image may come from: `registry/repository`. */
export type AllowedRepository = string;

/**
 * Reads which image an earlier job handed over. That job runs foreign code, so this only accepts a regular file of a known
 * form, and an image next to it or in the project's own repository: this job has credentials that others may not get.
 * @param directory with the file, absolute
 * @param allowed the repository that the image may be in, if there's one
 * @returns undefined if there's no such file
 * @throws DeployError HANDOVER_INVALID
 */
export async function readHandover(
  directory: string,
  allowed: AllowedRepository | undefined,
): Promise<HandedOver | undefined> {
  const path = join(directory, fileName);
  const text = await readRegularFile(path);
  if (text === undefined) return undefined;
  const { version, digest, repository, sourceDigest, ...rest } = parse(path, text);
  const [unknown] = Object.keys(rest);
  if (version !== 1 || unknown !== undefined) throw invalidError(path, 'another version of tozo wrote it');
  if (typeof digest !== 'string' || !isDigest(digest) || typeof sourceDigest !== 'string' || !isDigest(sourceDigest))
    throw invalidError(path, 'it names no digest');
  if (repository === undefined) return { from: { ...layoutReference(directory), digest }, sourceDigest };
  if (typeof repository !== 'string' || repository !== allowed)
    throw invalidError(path, `the image is in another repository than ${allowed ?? 'an OCI layout next to it'}`);
  return { from: { ...parseImageReference(repository), digest }, sourceDigest };
}

/** Writes what {@link readHandover} reads, after the image is where it says. */
export async function writeHandover(directory: string, { from, sourceDigest }: HandedOver): Promise<void> {
  const { digest, ...place } = from;
  const isLayout = place.registry === layoutReference('/').registry;
  const content = {
    version: 1,
    digest,
    ...(isLayout ? {} : { repository: formatImageReference(place) }),
    sourceDigest,
  };
  await mkdir(directory, { recursive: true });
  const temporary = join(directory, `${fileName}.${process.pid}`);
  await writeFile(temporary, `${JSON.stringify(content, undefined, 2)}\n`);
  await rename(temporary, join(directory, fileName));
}

/** Returns where a GitLab project's jobs hand images over, or undefined outside of GitLab or without a registry. */
export function handoverRepository(env: Readonly<Record<string, string | undefined>>): AllowedRepository | undefined {
  const { GITLAB_CI, CI_REGISTRY_IMAGE, CI_REGISTRY_PASSWORD } = env;
  return GITLAB_CI && CI_REGISTRY_IMAGE && CI_REGISTRY_PASSWORD ? `${CI_REGISTRY_IMAGE}/handover` : undefined;
}

async function readRegularFile(path: string): Promise<string | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw invalidError(path, "it isn't a regular file");
      if (stat.size > maxSize) throw invalidError(path, `it is larger than ${maxSize} bytes`);
      return await file.readFile('utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (error instanceof DeployError) throw error;
    throw invalidError(path, code === 'ELOOP' ? "it isn't a regular file" : `it can't be read: ${code}`);
  }
}

function parse(path: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Reported below.
  }
  throw invalidError(path, "it isn't a JSON object");
}

function invalidError(path: string, why: string): DeployError {
  return new DeployError(
    'HANDOVER_INVALID',
    `${path} doesn't say which image to deploy: ${why}. Run the job that builds the image again (tozo image).`,
  );
}
