import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import * as library from './index.ts';
import { tarLayer } from './testing/base-image.ts';
import { folderOf } from './testing/folder.ts';
import { putOciImage } from './testing/images.ts';
import { startRegistry } from './testing/registry.ts';

/** The README's example, as a function of what it imports and of its surroundings. */
async function readmeExample(): Promise<(...surroundings: unknown[]) => Promise<void>> {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const [, code = ''] = /```js\n(.*?)```/s.exec(readme) ?? [];
  const [, imported = '', body = ''] = /^import \{ (.*?) \} from '@tozo\/registry-pusher';\n(.*)$/s.exec(code) ?? [];
  const AsyncFunction = (async () => {}).constructor as new (
    ...source: string[]
  ) => (...args: unknown[]) => Promise<void>;
  return new AsyncFunction(`{ ${imported} }`, 'process', 'console', body);
}

test('README example: a project is in the registry, and the second time nothing is sent', async () => {
  await using hub = await startRegistry();
  await using heroku = await startRegistry({ login: { scheme: 'basic', username: '_', password: 'the key' } });
  const base = (await tarLayer({ 'usr/bin/node': 'node' })).toString('latin1');
  putOciImage(hub, 'library/node', '20-slim', { contents: [base] });
  await using shop = await folderOf({
    Dockerfile: 'FROM node:20-slim\nWORKDIR /app\nCOPY main.js ./\nCMD ["node", "main.js"]\n',
    'main.js': 'console.log("hello")\n',
  });
  const example = await readmeExample();
  const local = (options: library.RegistryClientOptions) =>
    library.createRegistryClient({
      endpoints: {
        'docker.io': { url: hub.origin },
        'registry.heroku.com': { ...options.endpoints?.['registry.heroku.com'], url: heroku.origin },
      },
    });
  const printed: string[] = [];
  const run = () =>
    example(
      { ...library, createRegistryClient: local },
      { cwd: () => shop.path, env: { HEROKU_API_KEY: 'the key' } },
      { log: (line: string) => printed.push(line) },
    );
  await run();
  await run();
  expect(printed[0]).toMatch(/^sha256:[0-9a-f]{64}: [1-9]\d* bytes sent$/);
  expect(printed[1]).toBe(printed[0]!.replace(/: \d+ /, ': 0 '));
  expect(heroku.manifests.has('shop/web:latest')).toBe(true);
});
