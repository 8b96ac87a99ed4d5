import { isReference } from './constructs/values.ts';

const hasPassword = /[a-z][a-z\d+.-]*:\/\/[^\s/?#@]*:[^\s/?#@]+@|https?:\/\/[^\s/?#@]+@/i;
const isCredential = /(?:^|_)(?:password|token|secret|api_key|access_key|secret_key|credentials)$/;

/**
 * Returns where a file for Terraform contains a credential in plain text: in a URL, or in the settings of a provider or of the
 * state. Anyone may read the file, and jobs keep it as an artifact.
 */
export function findLiteralSecrets(file: unknown, path: readonly string[] = []): string[] {
  if (typeof file === 'object' && file !== null)
    return Object.entries(file).flatMap(([key, value]) => findLiteralSecrets(value, [...path, key]));
  if (typeof file !== 'string' || file === '') return [];
  const url = hasPassword.exec(file)?.[0];
  const isSetting = ['provider', 'terraform'].includes(path[0] ?? '') && isCredential.test(path.at(-1)!);
  return (url !== undefined && !isReference(url)) || (isSetting && !isReference(file)) ? [path.join('.')] : [];
}
