import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { InfrastructureError } from './errors.ts';

const owner = z.object({ configVars: z.record(z.string(), z.unknown()).default({}) });
const declaration = owner.extend({ environments: z.record(z.string(), owner).default({}) });

/**
 * Returns the names of the config vars that a deploy.json owns, for `ownedByDeploy` of HerokuAppConfigAssociation.
 * @param file such as `new URL('deploy.json', import.meta.url)`
 * @param environment the one of the app; default: all of them
 * @throws InfrastructureError FILE_INVALID if the file can't be read, isn't a deploy.json, or has no such environment
 */
export function readConfigVarNames(file: string | URL, environment?: string): string[] {
  const { configVars, environments } = readDeclaration(file);
  const chosen = environment === undefined ? Object.values(environments) : [environments[environment]];
  const names = chosen.flatMap((own) => {
    if (own === undefined)
      throw new InfrastructureError(
        'FILE_INVALID',
        `${String(file)} has no environment "${environment}". Its environments: ${Object.keys(environments).join(', ') || 'none'}.`,
      );
    return Object.keys(own.configVars);
  });
  return [...new Set([...Object.keys(configVars), ...names])].sort();
}

function readDeclaration(file: string | URL): z.infer<typeof declaration> {
  try {
    return declaration.parse(JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')));
  } catch (cause) {
    throw new InfrastructureError(
      'FILE_INVALID',
      `Can't read the config vars of ${String(file)}: ${reasonOf(cause)}. tozo plan checks the file.`,
      { cause },
    );
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof z.ZodError)) return (error as Error).message;
  return error.issues.map(({ path, message }) => `${path.join('/') || 'it'}: ${message}`).join('; ');
}
