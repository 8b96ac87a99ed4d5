import { isAbsolute, posix, relative, sep } from 'node:path';
import type { Trace } from '../dockerfile/step.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { FilesLayer } from './request.ts';

/** @throws RegistryPusherError OPTIONS_INVALID */
export function assertFilesLayer({ to, mode = 0, files }: FilesLayer, index: number, context: string): void {
  const fail = (message: string): never => {
    throw new RegistryPusherError('OPTIONS_INVALID', `layers[${index}]: ${message}`);
  };
  if (!to.startsWith('/')) fail(`"to" is "${to}". Use an absolute path in the image, such as /app/.`);
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o7777)
    fail(`"mode" is ${mode}. Use permission bits, such as 0o755.`);
  if (files.length === 0) fail('"files" is empty. List paths or patterns.');
  const absolute = [files].flat().find((path) => isAbsolute(path));
  if (absolute !== undefined)
    fail(
      `"files" contains the absolute path "${absolute}". Paths are relative to the context, ${context}: ${adviceFor(absolute, context)}`,
    );
}

function adviceFor(absolute: string, context: string): string {
  const inside = relative(context, absolute).split(sep).join('/');
  if (inside === '') return 'use ".".';
  return inside.startsWith('..') ? 'set "context" to a directory that contains it.' : `use "${inside}".`;
}

/** Returns the equivalent COPY, which the image's history also shows. */
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

/** Replaces the Dockerfile line in error messages with the layer's index. */
export async function withLayerIndex<T>(index: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof RegistryPusherError)) throw error;
    const message = error.message.replace(/^Dockerfile line \d+: /, `layers[${index}]: `);
    throw new RegistryPusherError(error.code, message, { cause: error });
  }
}
