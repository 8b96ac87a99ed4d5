import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InfrastructureError } from './errors.ts';
import type { TerraformStack } from './terraform.ts';

/**
 * The stack as Terraform's JSON. The same stack gives the same text with every version of cdktf: keys are sorted, and
 * cdktf's notes to itself are left out.
 * @throws InfrastructureError SYNTH_FAILED when the stack is not valid
 */
export function renderTerraform(stack: TerraformStack): string {
  try {
    stack.prepareStack();
    stack.runAllValidations();
    return `${JSON.stringify(tidy(stack.toTerraform()), null, 2)}\n`;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InfrastructureError('SYNTH_FAILED', `The stack "${stack.node.id}" is not valid: ${why}`, { cause });
  }
}

/**
 * Writes the stack to a file that Terraform reads, such as `out/infrastructure/cdk.tf.json`; its folder is made. A file
 * that is there is replaced in one go, and nothing else in its folder is touched.
 * @returns the file's path
 * @throws InfrastructureError FILE_INVALID, FILE_UNWRITABLE, SYNTH_FAILED
 */
export async function synthesize(stack: TerraformStack, file: string | URL): Promise<string> {
  const path = typeof file === 'string' ? file : fileURLToPath(file);
  if (!path.endsWith('.tf.json'))
    throw new InfrastructureError(
      'FILE_INVALID',
      `Terraform does not read ${path}: name a file that ends in .tf.json.`,
    );
  const text = renderTerraform(stack);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.${process.pid}.tmp`, text);
    await rename(`${path}.${process.pid}.tmp`, path);
  } catch (cause) {
    throw new InfrastructureError('FILE_UNWRITABLE', `${path} cannot be written: ${(cause as Error).message}.`, {
      cause,
    });
  }
  return path;
}

function tidy(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(tidy);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([key]) => key !== '//');
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, tidy(item)]));
}
