import { posix } from 'node:path';
import type { Dockerfile } from '../../build/dockerfile/parse.ts';
import { RegistryPusherError } from '../../image/errors.ts';

/** `RUN --mount=type=secret`: a file that is there while one step runs. @see https://docs.docker.com/reference/dockerfile/#run---mounttypesecret */
export interface SecretMount {
  /** 1-based. */
  readonly line: number;
  /** May hold variables. */
  readonly id: string;
  /** Whether the step cannot do without. */
  readonly required: boolean;
}

type Mount = ReadonlyMap<string, string>;

export function secretMounts(dockerfile: Dockerfile): SecretMount[] {
  return mountsOf(dockerfile).flatMap(({ line, mount }) => {
    if (mount.get('type') !== 'secret') return [];
    const target = mount.get('target') ?? mount.get('dst') ?? mount.get('destination') ?? '';
    const required = mount.get('required') ?? 'false';
    return [{ line, id: mount.get('id') ?? posix.basename(target), required: /^(?:true|1|t)?$/i.test(required) }];
  });
}

/**
 * Compares what the steps mount with what is given to them.
 * @returns a warning for each secret that a step goes without, and for each that none asks for
 * @throws RegistryPusherError INSTRUCTION_UNSUPPORTED for `type=ssh`, and for a secret that a step requires and is not given
 */
export function checkMounts(dockerfile: Dockerfile, secrets: Readonly<Record<string, string>>): string[] {
  const ssh = mountsOf(dockerfile).find(({ mount }) => mount.get('type') === 'ssh');
  if (ssh !== undefined)
    throw unsupported(
      ssh.line,
      'RUN --mount=type=ssh needs an SSH agent, which is not handed to builds. Use a token for https as a secret ' +
        '(--mount=type=secret), or fetch what needs the key before the build and COPY it.',
    );
  const mounts = secretMounts(dockerfile);
  const missing = mounts.filter(({ id }) => !id.includes('$') && !Object.hasOwn(secrets, id));
  const required = missing.find((mount) => mount.required);
  if (required !== undefined)
    throw unsupported(
      required.line,
      `the step requires the secret ${required.id}, which is not given. Give it as a build secret of that name.`,
    );
  const unused = Object.keys(secrets).filter(
    (id) => !mounts.some((mount) => mount.id === id || mount.id.includes('$')),
  );
  return [
    ...missing.map(
      ({ line, id }) => `Dockerfile line ${line}: the secret ${id} is not given; the step runs without it.`,
    ),
    ...unused.map((id) => `The build secret ${id} is mounted by no RUN.`),
  ];
}

function mountsOf({ instructions }: Dockerfile): { line: number; mount: Mount }[] {
  return instructions.flatMap((each) => {
    if (each.keyword !== 'RUN') return [];
    const [flags] = /^(?:--\S+\s+)*/.exec(each.rest)!;
    return [...flags.matchAll(/--mount=(\S+)/g)].map(([, options]) => ({
      line: each.line,
      mount: readMount(options!),
    }));
  });
}

/** `type=secret,id=npm_token`; an option without a value is on. */
function readMount(options: string): Mount {
  return new Map(
    options
      .replaceAll('"', '')
      .split(',')
      .map((option) => {
        const [key = '', ...value] = option.split('=');
        return [key.toLowerCase(), value.join('=')];
      }),
  );
}

function unsupported(line: number, why: string): RegistryPusherError {
  return new RegistryPusherError('INSTRUCTION_UNSUPPORTED', `Dockerfile line ${line}: ${why}`);
}
