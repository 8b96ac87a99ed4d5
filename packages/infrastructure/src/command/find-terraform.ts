import { InfrastructureError } from '../errors.ts';
import { runProcess, type ProcessOptions, type ProcessResult } from './run-process.ts';

/** Terraform or OpenTofu on this machine. */
export interface Terraform {
  readonly program: string;
  readonly name: 'Terraform' | 'OpenTofu';
  readonly version: string;
}

/** Import blocks need Terraform 1.5. OpenTofu has had them since its first release. */
const oldest = [1, 5] as const;

/**
 * Finds the program that the variable TERRAFORM names, or else `terraform` in PATH.
 * @throws InfrastructureError TERRAFORM_UNUSABLE if it's missing, older than 1.5, or another program
 */
export async function findTerraform({ cwd, env, signal }: ProcessOptions): Promise<Terraform> {
  const program = env['TERRAFORM'] || 'terraform';
  let result: ProcessResult;
  try {
    result = await runProcess(program, ['version', '-json'], { cwd, env, ...(signal && { signal }) });
  } catch (cause) {
    signal?.throwIfAborted();
    const { code } = cause as NodeJS.ErrnoException;
    const found = code === 'ENOENT' ? "isn't installed" : `can't be started (${code})`;
    throw unusableError(
      `${program} ${found}: install Terraform 1.5 or newer, or set TERRAFORM to another program, such as tofu.`,
      cause,
    );
  }
  const version = versionIn(result.stdout);
  if (version === undefined)
    throw unusableError(`${program} is neither Terraform nor OpenTofu: correct the variable TERRAFORM.`);
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1]))
    throw unusableError(`${program} has version ${version}, but ${oldest.join('.')} or newer is required: update it.`);
  const isOpenTofu = await isTofu(program, { cwd, env });
  return { program, name: isOpenTofu ? 'OpenTofu' : 'Terraform', version };
}

function versionIn(text: string): string | undefined {
  try {
    const { terraform_version: version } = JSON.parse(text) as { terraform_version?: unknown };
    return typeof version === 'string' ? version : undefined;
  } catch {
    return undefined;
  }
}

/** Both report `terraform_version` in JSON. Only the text has the name. */
async function isTofu(program: string, { cwd, env }: Pick<ProcessOptions, 'cwd' | 'env'>): Promise<boolean> {
  if (!/tofu/i.test(program)) return false;
  return (await runProcess(program, ['version'], { cwd, env })).stdout.startsWith('OpenTofu');
}

function unusableError(message: string, cause?: unknown): InfrastructureError {
  return new InfrastructureError('TERRAFORM_UNUSABLE', message, { cause });
}
