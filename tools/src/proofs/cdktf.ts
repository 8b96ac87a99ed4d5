/** The archived cdktf and the maintained fork cdktn give the same JSON of every construct, but for the version. Installs both. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { workspaceRoot } from '../workspace.ts';

interface Made {
  readonly raw: unknown;
  readonly file: string;
}

const manifest = JSON.parse(readFileSync(join(workspaceRoot, 'package.json'), 'utf8')) as {
  readonly devDependencies: Readonly<Record<string, string>>;
};
const fork = manifest.devDependencies['cdktf']!;
const constructs = manifest.devDependencies['constructs']!;
const root = mkdtempSync(join(tmpdir(), 'tozo-cdktf-'));

/** Returns what one package makes of every construct: the compiled code finds it beside itself. */
async function makeWith(name: string, cdktf: string): Promise<Made> {
  const directory = join(root, name);
  mkdirSync(directory);
  writeFileSync(join(directory, 'package.json'), '{"private": true, "type": "module"}');
  const packages = [`cdktf@${cdktf}`, `constructs@${constructs}`];
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', ...packages], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await build({
    entryPoints: [join(workspaceRoot, 'tools/src/cdktf/every-construct.ts')],
    outfile: join(directory, 'main.js'),
    bundle: true,
    conditions: ['@tozo/source'],
    external: ['cdktf', 'constructs'],
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });
  return JSON.parse(execFileSync(process.execPath, ['main.js'], { cwd: directory, encoding: 'utf8' })) as Made;
}

/** Replaces the versions in cdktf's metadata. */
const withoutVersion = (value: unknown): string =>
  JSON.stringify(value, (key, item: unknown) =>
    key === 'version' && typeof item === 'string' && /^\d/.test(item) ? '*' : item,
  );

try {
  const [archived, maintained] = [await makeWith('archived', '0.21.0'), await makeWith('maintained', fork)];
  const isSameFile = archived.file === maintained.file;
  const isSameRaw = withoutVersion(archived.raw) === withoutVersion(maintained.raw);
  const differs = JSON.stringify(archived.raw) !== JSON.stringify(maintained.raw);
  console.log(`cdk.tf.json: ${isSameFile ? 'the same' : 'DIFFERENT'}, ${archived.file.length} characters`);
  console.log(
    `cdktf's own JSON, without its version: ${isSameRaw ? 'the same' : 'DIFFERENT'}; with it: ${differs ? 'different' : 'the same'}`,
  );
  process.exitCode = isSameFile && isSameRaw ? 0 : 1;
} finally {
  rmSync(root, { recursive: true });
}
