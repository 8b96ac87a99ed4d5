import { existsSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { formatBytes } from '@tozo/deploy';
import {
  createImageDeps,
  ImageDepsError,
  type ImageDepsErrorCode,
  type ImageDepsOptions,
  type ImageDepsReport,
} from '@tozo/image-deps';
import type { CommandContext } from '../command-context.ts';
import { cancelOnSignals } from '../signals.ts';

export interface ImageDepsCommandOptions {
  readonly files?: readonly string[];
  readonly out?: string;
  readonly cpu?: 'x64' | 'arm64';
  readonly libc?: 'glibc' | 'musl';
  readonly json?: boolean;
}

/** What fails outside of the arguments and the workspace's files. */
const failures: readonly ImageDepsErrorCode[] = ['MANAGER_FAILED', 'CANCELLED'];

/** `tozo image-deps`: writes what an app's image needs of its dependencies. Returns the exit code. */
export async function imageDepsCommand(
  directory: string,
  options: ImageDepsCommandOptions,
  { cwd, env, stdout, stderr }: CommandContext,
): Promise<number> {
  const cancellation = cancelOnSignals((reason) => stderr.write(`${reason.message}\n`));
  try {
    const report = await createImageDeps({ ...toRequest(directory, options, cwd), env, signal: cancellation.signal });
    if (options.json) stdout.writeJson(report, 2);
    else for (const line of describeReport(report, cwd)) stdout.write(`${line}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof ImageDepsError)) throw error;
    stderr.write(`${error.message}\n`);
    return cancellation.exitCode() ?? (failures.includes(error.code) ? 1 : 2);
  } finally {
    cancellation.dispose();
  }
}

function toRequest(
  directory: string,
  { files, out = 'out/image', cpu, libc }: ImageDepsCommandOptions,
  cwd: string,
): ImageDepsOptions {
  const dockerfile = resolve(cwd, 'Dockerfile');
  return {
    directory: resolve(cwd, directory),
    out: resolve(cwd, out),
    ...(existsSync(dockerfile) ? { dockerfile } : {}),
    ...(files ? { files } : {}),
    platform: { ...(cpu ? { cpu } : {}), ...(libc ? { libc } : {}) },
  };
}

function describeReport({ layers, ...report }: ImageDepsReport, cwd: string): string[] {
  const { os, cpu, libc } = report.platform;
  const out = relative(cwd, report.out) || '.';
  const line = (layer: keyof typeof layers, what: string): string =>
    `  ${layer.padEnd(10)} ${`${layers[layer].count} ${what}`.padEnd(18)} ${formatBytes(layers[layer].bytes).padStart(9)}  ${out}/${layer}`;
  return [
    `image-deps for ${os} ${cpu} ${libc}, by ${report.manager} from ${relative(cwd, report.lockFile)}`,
    line('packages', 'packages'),
    line('libraries', 'libraries'),
    line('app', 'files'),
    ...report.skippedScripts.map(({ name, version, script, prebuilt }) =>
      prebuilt === undefined
        ? `warning: ${name}@${version} has an install script, which didn't run (${script}). If it compiles or downloads code, use a version with prebuilt code, or a Dockerfile with RUN.`
        : `note: ${name}@${version} has an install script, which didn't run (${script}). ${prebuilt} has its code for this platform.`,
    ),
    ...report.missingCode.map(
      ({ name, version, candidates }) =>
        `warning: ${name}@${version} comes without its code for ${os} ${cpu} ${libc} (${candidates.join(', ')}), because the lock file lacks it. Delete node_modules and the lock file's entries of ${name}, and install again.`,
    ),
    ...report.unappliedPatches.map(
      (patch) =>
        `warning: ${patch} isn't applied, because patch-package is an install script. Use the patches of pnpm or Yarn, or a Dockerfile with RUN.`,
    ),
  ];
}
