import { parseImageReference, type ImageReference } from '../reference.ts';
import { expandWord } from './expand.ts';
import type { FromInstruction } from './instruction.ts';
import { dockerfileInvalid } from './invalid.ts';
import type { Dockerfile } from './parse.ts';

/** The base a Dockerfile names: an image, or nothing at all (`FROM scratch`). */
export interface Base {
  readonly from: FromInstruction;
  readonly reference: ImageReference | 'scratch';
  /** What an ARG of the stage without a value of its own takes: the ARGs above FROM, and the platform's. */
  readonly globalArgs: ReadonlyMap<string, string>;
}

/** The args that Docker gives to every build, for the one platform that is built here. */
const platformArgs = {
  BUILDPLATFORM: 'linux/amd64',
  BUILDOS: 'linux',
  BUILDARCH: 'amd64',
  BUILDVARIANT: '',
  TARGETPLATFORM: 'linux/amd64',
  TARGETOS: 'linux',
  TARGETARCH: 'amd64',
  TARGETVARIANT: '',
} as const;

const neverDeclared =
  /^(?:(?:https?|ftp|all|no)_proxy|BUILDKIT_.*|SOURCE_DATE_EPOCH|(?:BUILD|TARGET)(?:PLATFORM|OS|ARCH|VARIANT))$/i;

/**
 * Expands FROM with the ARGs above it.
 * @throws RegistryPusherError DOCKERFILE_INVALID, REFERENCE_INVALID
 */
export function resolveBase(dockerfile: Dockerfile, buildArgs: Readonly<Record<string, string>>): Base {
  const { escape, instructions } = dockerfile;
  const globalArgs = new Map<string, string>(Object.entries(platformArgs));
  for (const instruction of instructions) {
    if (instruction.keyword === 'FROM') {
      const expand = (text: string) =>
        attempt(instruction.line, () => expandWord(text, (name) => globalArgs.get(name), escape));
      const image = expand(instruction.image);
      if (image === '')
        throw dockerfileInvalid(instruction.line, `"${instruction.image}" is empty once its ARGs are put in.`);
      const platform = expand(instruction.platform ?? platformArgs.TARGETPLATFORM);
      if (!/^linux\/(?:amd64|x86_64|x86-64)$/.test(platform))
        throw dockerfileInvalid(
          instruction.line,
          `--platform=${platform} is asked for, but images are for linux/amd64.`,
        );
      return { from: instruction, reference: image === 'scratch' ? image : parseImageReference(image), globalArgs };
    }
    if (instruction.keyword !== 'ARG') break;
    for (const { name, value } of instruction.args) {
      const given =
        buildArgs[name] ??
        (value === undefined
          ? undefined
          : attempt(instruction.line, () => expandWord(value, (other) => globalArgs.get(other), escape)));
      if (given !== undefined) globalArgs.set(name, given);
    }
  }
  throw dockerfileInvalid(1, 'there is no FROM.');
}

/** Build args that no ARG declares: Docker leaves them out of the build, mostly they are misspelt. */
export function undeclaredBuildArgs(dockerfile: Dockerfile, buildArgs: Readonly<Record<string, string>>): string[] {
  const declared = new Set(
    dockerfile.instructions.flatMap((each) => (each.keyword === 'ARG' ? each.args.map(({ name }) => name) : [])),
  );
  return Object.keys(buildArgs).filter((name) => !declared.has(name) && !neverDeclared.test(name));
}

/** Runs an expansion; what is wrong with it is told with the line. */
export function attempt<T>(line: number, expansion: () => T): T {
  try {
    return expansion();
  } catch (error) {
    throw dockerfileInvalid(line, `${(error as Error).message}.`);
  }
}
