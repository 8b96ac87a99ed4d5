import { expandWord } from './expand.ts';
import { dockerfileInvalid } from './invalid.ts';
import type { Dockerfile } from './parse.ts';

/** The args that Docker gives to every build, for the one platform that is built here. */
export const platformArgs = {
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
 * What an ARG of a stage without a value of its own takes, and what FROM is expanded with: the ARGs above the first FROM, and
 * the platform's. @throws RegistryPusherError DOCKERFILE_INVALID
 */
export function globalArguments(
  { escape, instructions }: Dockerfile,
  buildArgs: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const globalArgs = new Map<string, string>(Object.entries(platformArgs));
  for (const instruction of instructions) {
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
  return globalArgs;
}

/** Build args that no ARG declares: Docker leaves them out of the build, mostly they are misspelt. */
export function undeclaredBuildArgs(dockerfile: Dockerfile, buildArgs: Readonly<Record<string, string>>): string[] {
  const declared = new Set(
    dockerfile.instructions.flatMap((each) => (each.keyword === 'ARG' ? each.args.map(({ name }) => name) : [])),
  );
  return Object.keys(buildArgs).filter((name) => !declared.has(name) && !neverDeclared.test(name));
}

/** What is expanded needs a variable that a base may set, and the base is not known yet. */
export class UnknownVariable extends Error {}

/** Runs an expansion; what is wrong with it is told with the line. */
export function attempt<T>(line: number, expansion: () => T): T {
  try {
    return expansion();
  } catch (error) {
    if (error instanceof UnknownVariable) throw error;
    throw dockerfileInvalid(line, `${(error as Error).message}.`);
  }
}
