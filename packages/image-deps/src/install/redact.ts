import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

const secretName = /token|secret|password|passwd|api_?key|auth|credential/i;
const secretSetting =
  /^\s*(?:[^#;\n]*:)?(?:_authToken|_auth|_password|npmAuthToken|npmAuthIdent)["']?\s*[=:]\s*["']?([^"'\n]+)/gm;

/** Returns a function that removes credentials from what a package manager prints: those of settings, variables and URLs. */
export async function createRedaction(root: string, env: NodeJS.ProcessEnv): Promise<(text: string) => string> {
  const home = env['HOME'] ?? homedir();
  const files = ['.npmrc', '.yarnrc', '.yarnrc.yml'].flatMap((name) => [join(root, name), join(home, name)]);
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')));
  const fromSettings = texts.flatMap((text) =>
    [...text.matchAll(secretSetting)].map(([, value]) => value?.trim() ?? ''),
  );
  const fromVariables = Object.entries(env).flatMap(([name, value]) => (secretName.test(name) ? [value ?? ''] : []));
  const secrets = [...new Set([...fromSettings, ...fromVariables])]
    .filter((secret) => secret.length >= 6)
    .sort((a, b) => b.length - a.length);
  return (text) =>
    secrets
      .reduce((rest, secret) => rest.replaceAll(secret, '[REDACTED]'), text)
      .replaceAll(/(\b[a-z][a-z+.-]*:\/\/)[^\s/@]+@/gi, '$1[REDACTED]@');
}
