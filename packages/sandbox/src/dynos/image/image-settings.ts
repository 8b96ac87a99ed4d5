import { SandboxError } from '../../errors/sandbox-error.ts';
import type { PushedImage } from '../../registry/image-store.ts';

/** How to run an image. */
export interface ImageSettings {
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly workingDirectory: string;
  /** `USER[:GROUP]`, by name or number; empty for root. */
  readonly user: string;
  readonly labels: Readonly<Record<string, unknown>>;
}

/** Reads an image's config, which is untrusted. Throws IMAGE_INVALID with the field. */
export function readSettings({ config = {} }: PushedImage['config']): ImageSettings {
  return {
    env: strings('Env', config.Env),
    entrypoint: strings('Entrypoint', config.Entrypoint),
    cmd: strings('Cmd', config.Cmd),
    workingDirectory: string('WorkingDir', config.WorkingDir ?? ''),
    user: string('User', config.User ?? ''),
    labels: config.Labels ?? {},
  };
}

function strings(field: string, value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid(field, 'a list');
  return value.map((entry: unknown) => string(field, entry));
}

function string(field: string, value: unknown): string {
  if (typeof value !== 'string' || value.includes('\0')) throw invalid(field, 'text');
  return value;
}

const invalid = (field: string, expected: string): SandboxError =>
  new SandboxError('IMAGE_INVALID', `the image's config has a ${field} that isn't ${expected}`);
