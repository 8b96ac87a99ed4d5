import { posix } from 'node:path';
import { type MountFields, mountFieldsOf, mountType } from '../../build/dockerfile/mount-fields.ts';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import type { BuildSecrets } from '../../files/build-secrets.ts';
import { RegistryPusherError } from '../../image/errors.ts';

/** `RUN --mount=type=secret`: a file that exists only during one step. @see https://docs.docker.com/reference/dockerfile/#run---mounttypesecret */
export interface SecretMount {
  /** 1-based. */
  readonly line: number;
  /** May contain variables. */
  readonly id: string;
  /** Whether the step fails without the secret. */
  readonly required: boolean;
}

export function secretMounts(dockerfile: Dockerfile): SecretMount[] {
  return mountsOf(dockerfile).flatMap(({ line, mount }) => {
    if (mountType(mount) !== 'secret') return [];
    const id = mount.get('id') ?? mount.get('source') ?? posix.basename(mount.get('target') ?? '');
    return [{ line, id, required: /^(?:true|1|t)$/i.test(mount.get('required') ?? 'false') }];
  });
}

/**
 * Compares the secrets that steps mount with the build secrets.
 * @returns a warning for each missing and for each unused secret
 * @throws RegistryPusherError INSTRUCTION_UNSUPPORTED for `type=ssh` and for a missing secret that a step requires
 */
export function checkMounts(dockerfile: Dockerfile, secrets: BuildSecrets): string[] {
  const ssh = mountsOf(dockerfile).find(({ mount }) => mountType(mount) === 'ssh');
  if (ssh !== undefined)
    throw unsupportedError(
      ssh.line,
      "RUN --mount=type=ssh needs an SSH agent, which builds don't have. Use an HTTPS token as a secret " +
        '(--mount=type=secret), or fetch the files before the build and COPY them.',
    );
  const mounts = secretMounts(dockerfile);
  const missing = mounts.filter(({ id }) => !id.includes('$') && !Object.hasOwn(secrets, id));
  const required = missing.find((mount) => mount.required);
  if (required !== undefined)
    throw unsupportedError(
      required.line,
      `the step requires the secret ${required.id}, which is missing. Pass it as a build secret.`,
    );
  const unused = Object.keys(secrets).filter(
    (id) => !mounts.some((mount) => mount.id === id || mount.id.includes('$')),
  );
  return [
    ...missing.map(({ line, id }) => `Dockerfile line ${line}: the secret ${id} is missing; the step runs without it.`),
    ...unused.map((id) => `The build secret ${id} isn't mounted by any RUN.`),
  ];
}

function mountsOf({ instructions, escape }: Dockerfile): { line: number; mount: MountFields }[] {
  return instructions.flatMap((each) =>
    each.keyword === 'RUN' ? mountFieldsOf(each.rest, escape).map((mount) => ({ line: each.line, mount })) : [],
  );
}

function unsupportedError(line: number, why: string): RegistryPusherError {
  return new RegistryPusherError('INSTRUCTION_UNSUPPORTED', `Dockerfile line ${line}: ${why}`);
}
