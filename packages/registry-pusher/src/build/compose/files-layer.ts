import { posix } from 'node:path';
import type { Trace } from '../dockerfile/step.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { FilesLayer } from './request.ts';

/** @throws RegistryPusherError OPTIONS_INVALID */
export function requireFilesLayer({ to, mode = 0, files }: FilesLayer, index: number): void {
  const wrong = (why: string): never => {
    throw new RegistryPusherError('OPTIONS_INVALID', `layers[${index}]: ${why}`);
  };
  if (!to.startsWith('/')) wrong(`"to" is "${to}"; it is an absolute path in the image, as /app/.`);
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o7777)
    wrong(`"mode" is ${mode}; it is permission bits, as 0o755.`);
  if (files.length === 0) wrong('"files" names nothing.');
}

/** The layer as the COPY that would make it, which is how the image's history tells it. */
export function traceOf({ files, to, owner = '', mode, exclude = [] }: FilesLayer, index: number): Trace {
  const sources = typeof files === 'string' ? [files] : files;
  const flags = [
    ...(owner === '' ? [] : [`--chown=${owner}`]),
    ...(mode === undefined ? [] : [`--chmod=${mode.toString(8)}`]),
    ...exclude.map((pattern) => `--exclude=${pattern}`),
  ];
  const line = index + 1;
  const path = posix.resolve(to);
  return {
    line,
    text: ['COPY', ...flags, ...sources, to].join(' '),
    step: {
      kind: 'copy',
      line,
      sources,
      destination: to.endsWith('/') && path !== '/' ? `${path}/` : path,
      owner,
      ...(mode === undefined ? {} : { mode }),
      excludes: exclude,
      unpacks: false,
      link: false,
    },
  };
}

/** There is no Dockerfile whose line could be looked at. */
export async function namingLayer<T>(index: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RegistryPusherError)) throw error;
    const message = error.message.replace(/^Dockerfile line \d+: /, `layers[${index}]: `);
    throw new RegistryPusherError(error.code, message, { cause: error });
  }
}
