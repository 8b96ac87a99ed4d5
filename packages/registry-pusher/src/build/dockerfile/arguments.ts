import { expandWord } from './expand.ts';
import { dockerfileInvalidError } from './errors.ts';
import type { Dockerfile } from './parse.ts';

/** The predefined platform args. Images are built for one platform only. */
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

const predefinedArgs =
  /^(?:(?:https?|ftp|all|no)_proxy|BUILDKIT_.*|SOURCE_DATE_EPOCH|(?:BUILD|TARGET)(?:PLATFORM|OS|ARCH|VARIANT))$/i;

/**
 * Returns the ARGs before the first FROM and the platform's. FROM is expanded with them, and an ARG without a value inside a
 * stage gets its value from them. @throws RegistryPusherError DOCKERFILE_INVALID
 */
export function resolveGlobalArgs(
  { escape, instructions }: Dockerfile,
  buildArgs: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const globalArgs = new Map<string, string>(Object.entries(platformArgs));
  for (const instruction of instructions) {
    if (instruction.keyword !== 'ARG') break;
    for (const { name, value } of instruction.args) {
      const resolved =
        buildArgs[name] ??
        (value === undefined
          ? undefined
          : addLineToErrors(instruction.line, () => expandWord(value, (other) => globalArgs.get(other), escape)));
      if (resolved !== undefined) globalArgs.set(name, resolved);
    }
  }
  return globalArgs;
}

/** Returns whether any ARG of the Dockerfile has this name. */
export function declaresArg({ instructions }: Dockerfile, name: string): boolean {
  return instructions.some((each) => each.keyword === 'ARG' && each.args.some((arg) => arg.name === name));
}

/** Returns a warning for each build arg without an ARG. Docker ignores them; most are misspelled. */
export function undeclaredArgWarnings(dockerfile: Dockerfile, buildArgs: Readonly<Record<string, string>>): string[] {
  return Object.keys(buildArgs)
    .filter((name) => !declaresArg(dockerfile, name) && !predefinedArgs.test(name))
    .map((name) => `The build arg ${name} isn't declared by any ARG.`);
}

/** The text needs a variable that the base may set, and the base isn't known yet. */
export class UnknownVariableError extends Error {}

/** @throws RegistryPusherError DOCKERFILE_INVALID with the line, when `expansion` fails */
export function addLineToErrors<T>(line: number, expansion: () => T): T {
  try {
    return expansion();
  } catch (error) {
    if (error instanceof UnknownVariableError) throw error;
    throw dockerfileInvalidError(line, `${(error as Error).message}.`);
  }
}
