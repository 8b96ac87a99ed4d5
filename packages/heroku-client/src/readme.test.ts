import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { createHerokuClient, type HerokuClientOptions } from './index.ts';
import { fakeApi } from './testing/fake-api.ts';
import { fakeShop } from './testing/fake-heroku.ts';

type Example = (
  create: typeof createHerokuClient,
  process: { env: Record<string, string> },
  console: { log: (text: string) => void },
) => Promise<void>;

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');

it('the README example has no type errors', () => {
  const code = /```js\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const file = fileURLToPath(new URL('readme-example.mts', import.meta.url));
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    customConditions: ['@tozo/source'],
    allowImportingTsExtensions: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
  };
  const host = ts.createCompilerHost(options);
  const program = ts.createProgram([file], options, {
    ...host,
    getSourceFile: (name, version) =>
      name === file
        ? ts.createSourceFile(name, code, {
            languageVersion: ts.ScriptTarget.ES2023,
            impliedNodeFormat: ts.ModuleKind.ESNext,
          })
        : host.getSourceFile(name, version),
  });
  const problems = ts.getPreEmitDiagnostics(program, program.getSourceFile(file));
  expect(problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))).toEqual([]);
});

it('the README example works', async () => {
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
