import { readFile } from 'node:fs/promises';
import { compileFunction } from 'node:vm';
import { expect, it } from 'vitest';
import { createHerokuClient, type HerokuClientOptions } from './index.ts';
import { fakeApi } from './testing/fake-api.ts';
import { fakeShop } from './testing/fake-heroku.ts';

type Example = (
  create: typeof createHerokuClient,
  process: { env: Record<string, string> },
  console: { log: (text: string) => void },
) => Promise<void>;

it('the README example works', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const code = /```js\nimport \{ createHerokuClient \} from '@tozo\/heroku-client';\n(.*?)```/s.exec(readme)?.[1];
  const example = compileFunction(`return (async () => {${code}})();`, [
    'createHerokuClient',
    'process',
    'console',
  ]) as Example;

  await using api = await fakeApi(fakeShop(41).respond);
  const create = (options: HerokuClientOptions) => createHerokuClient({ ...options, baseUrl: api.url });
  const printed: string[] = [];
  const run = (): Promise<void> =>
    example(create, { env: { HEROKU_API_KEY: 'HRKU-0' } }, { log: (text) => printed.push(text) });
  await run();
  await run();
  expect(printed).toEqual(['v42 succeeded', 'This image is already running.']);
});
