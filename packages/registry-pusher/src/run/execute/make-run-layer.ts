import type { SecretValue } from '../../files/secrets.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { LayerChain, MakeRunLayer, RootFilesystem, RunExecutor, RunOptions } from '../executor.ts';
import { RunOutput } from './output.ts';

export interface MakeRunLayerOptions extends Omit<RunOptions, 'output'> {
  readonly onLine: (line: string) => void;
  /** What to search the layers for. */
  readonly searchFor: readonly SecretValue[];
}

/**
 * Returns what executes a RUN and makes a layer of its changes. The root of one RUN serves the next one that builds on it.
 * @throws RegistryPusherError RUN_FAILED with the last lines of the output, FILE_REFUSED, DISK_FULL, ABORTED
 */
export function createMakeRunLayer(executor: RunExecutor, options: MakeRunLayerOptions): MakeRunLayer {
  const { onLine, searchFor, ...runOptions } = options;
  let root: RootFilesystem | undefined;
  return async (step, below) => {
    const output = new RunOutput({ onLine, secrets: Object.values(options.secrets) });
    try {
      root = await unpackChain(executor, root, below, options.signal);
      await executor.run(step, root, { ...runOptions, output: (chunk) => output.add(chunk) });
      output.end();
      return await root.record({ signal: options.signal, secrets: searchFor });
    } catch (error) {
      output.end();
      throw explainError(error, output.recent);
    }
  };
}

/** Continues with a root that holds the lowest layers already. */
async function unpackChain(
  executor: RunExecutor,
  last: RootFilesystem | undefined,
  below: LayerChain,
  signal: AbortSignal | undefined,
): Promise<RootFilesystem> {
  const fits = last !== undefined && last.diffIds.every((diffId, index) => below[index]?.diffId === diffId);
  if (!fits) await last?.[Symbol.asyncDispose]();
  const root = fits ? last : await executor.openRoot();
  for (const layer of below.slice(root.diffIds.length)) await root.unpack(layer, signal);
  return root;
}

function explainError(error: unknown, lastLines: readonly string[]): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof RegistryPusherError) {
    if (error.code !== 'RUN_FAILED' || lastLines.length === 0) return error;
    return new RegistryPusherError('RUN_FAILED', [message, ...lastLines].join('\n  '), { cause: error });
  }
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new RegistryPusherError(
    'DISK_FULL',
    `No space is left for the files of a RUN (${code}): free up space, or set TMPDIR to another directory.`,
    { cause: error },
  );
}
