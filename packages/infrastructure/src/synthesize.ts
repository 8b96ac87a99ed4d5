import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findDeclaredTwice } from './declared-twice.ts';
import { InfrastructureError } from './errors.ts';
import { assertStateIsKept, localStateOf } from './kept-state.ts';
import { findLiteralSecrets } from './literal-secrets.ts';
import type { TerraformStack } from './terraform.ts';

/**
 * Returns the stack as Terraform's JSON. It's the same with every version of cdktf: keys are sorted, and cdktf's own metadata is
 * removed.
 * @throws InfrastructureError SYNTH_FAILED if the stack is invalid
 */
export function renderTerraform(stack: TerraformStack): string {
  return formatJson(terraformOf(stack));
}

interface TerraformJson {
  readonly terraform?: { readonly backend?: unknown };
  readonly resource?: unknown;
}

const formatJson = (json: TerraformJson): string => `${JSON.stringify(json, null, 2)}\n`;

function terraformOf(stack: TerraformStack): TerraformJson {
  try {
    stack.prepareStack();
    stack.runAllValidations();
    const json = sortKeys(stack.toTerraform()) as TerraformJson;
    const secrets = findLiteralSecrets(json);
    if (secrets.length > 0)
      throw new Error(
        `it contains a password or a token in plain text: ${secrets.join(', ')}. Terraform reads TF_VAR_NAME for a variable of the stack, HEROKU_API_KEY and GITLAB_TOKEN for the providers, TF_HTTP_PASSWORD for the state`,
      );
    const twice = findDeclaredTwice(json);
    if (twice.length > 0) throw new Error(`${twice.join('; ')}. Declare it once`);
    return json;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InfrastructureError('SYNTH_FAILED', `The stack "${stack.node.id}" is invalid: ${reason}`, { cause });
  }
}

/**
 * Writes the stack to a file for Terraform, such as `out/infrastructure/cdk.tf.json`. Creates the directory, replaces an existing
 * file atomically, and touches nothing else.
 * @returns the file's path
 * @throws InfrastructureError FILE_INVALID, also for a local state where builds remove it, FILE_UNWRITABLE, SYNTH_FAILED
 */
export async function synthesize(stack: TerraformStack, file: string | URL): Promise<string> {
  const path = typeof file === 'string' ? file : fileURLToPath(file);
  if (!path.endsWith('.tf.json'))
    throw new InfrastructureError('FILE_INVALID', `Terraform ignores ${path}: use a name that ends in .tf.json.`);
  const json = terraformOf(stack);
  const state = localStateOf(path, json.terraform?.backend);
  if (state !== undefined) assertStateIsKept(state, process.cwd());
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.${process.pid}.tmp`, formatJson(json));
    await rename(`${path}.${process.pid}.tmp`, path);
  } catch (cause) {
    throw new InfrastructureError('FILE_UNWRITABLE', `Can't write ${path}: ${(cause as Error).message}.`, {
      cause,
    });
  }
  return path;
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== '//');
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sortKeys(item)]));
}
