import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('the README example works', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const example = /```ts\n([^]*?)```/.exec(readme)?.[1] ?? '';
  // Inside the package, where its own name resolves.
  const out = fileURLToPath(new URL('../out/', import.meta.url));
  await mkdir(out, { recursive: true });
  const directory = await mkdtemp(join(out, 'readme-'));
  try {
    await writeFile(join(directory, 'infrastructure.ts'), example);
    const argv = ['--conditions=@tozo/source', '--import=tsx', 'infrastructure.ts'];
    await promisify(execFile)(process.execPath, argv, { cwd: directory });
    const terraform = JSON.parse(await readFile(join(directory, 'out/infrastructure/cdk.tf.json'), 'utf8')) as object;
    expect(terraform).toMatchObject({ resource: { heroku_app: { shop: { name: 'shop-live', region: 'eu' } } } });
  } finally {
    await rm(directory, { recursive: true });
  }
});
