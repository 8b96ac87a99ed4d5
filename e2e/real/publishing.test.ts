import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileStrictly, type Example, readExamples, toJavaScript } from './publishing/examples.ts';
import {
  installOffline,
  packageDirectory,
  packageNames,
  readManifest,
  workspace,
  writePackages,
} from './publishing/packages.ts';
import { scenarios, type Services, startServices } from './publishing/scenarios.ts';

const run = promisify(execFile);
const redirect = fileURLToPath(new URL('publishing/redirect.js', import.meta.url));
const names = await packageNames();
const examples: readonly Example[] = (await Promise.all(names.map(readExamples))).flat();

let directory: string;
let services: Services;

beforeAll(async () => {
  await writePackages();
  directory = await mkdtemp(join(tmpdir(), 'tozo-publishing-'));
  services = await startServices();
}, 600_000);

afterAll(async () => {
  await services[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

describe.each(['nodenext', 'bundler'] as const)('with moduleResolution %s', (resolution) => {
  it('a strict user can compile every export and every example of a README', async () => {
    const project = join(directory, resolution);
    await mkdir(project);
    await writeFile(join(project, 'package.json'), '{ "type": "module" }');
    await installOffline([...names.map((name) => `@tozo/${name}`), 'cdktf', 'constructs'], project);
    const files = await Promise.all([
      ...names.map(async (name) => writeFileAt(join(project, `${name}.ts`), await importEverything(name))),
      ...examples.map(({ packageName, line, code }) =>
        writeFileAt(join(project, `${packageName}-README-${line}.ts`), code),
      ),
    ]);
    expect(compileStrictly(files, resolution, join(workspace, 'node_modules/@types'))).toEqual([]);
  }, 600_000);
});

describe.each([...new Set(examples.map(({ packageName }) => packageName))])(
  'in a directory that has only @tozo/%s',
  (name) => {
    const own = examples.filter(({ packageName }) => packageName === name);
    it.each(own.map((example, index) => ({ ...example, index })))(
      'the example in line $line of its README works',
      async ({ code, index, line }) => {
        const scenario = scenarios[name]?.[index];
        if (!scenario) throw new Error(`The example has no scenario in scenarios.ts.`);
        const project = join(directory, `${name}-${line}`);
        await mkdir(project);
        await installOffline([`@tozo/${name}`, ...(scenario.peers ?? [])], project);
        const env = {
          PATH: process.env['PATH'],
          HOME: project,
          REDIRECTS: JSON.stringify(services.redirects),
          ...(await scenario.prepare?.(project, services)),
        };
        await writeFile(join(project, 'example.mjs'), toJavaScript(code));
        const result = run(process.execPath, ['--import', redirect, 'example.mjs'], { cwd: project, env });
        if (scenario.fails) {
          await expect(result).rejects.toMatchObject({ stderr: expect.stringMatching(scenario.fails) });
        } else {
          const { stdout } = await result;
          expect(stdout).toMatch(scenario.prints ?? /^/);
        }
      },
    );
  },
);

it('@tozo/sandbox finds the file with its behaviors', async () => {
  const project = join(directory, 'fidelity');
  await mkdir(project);
  await installOffline(['@tozo/sandbox'], project);
  const code = "import('@tozo/sandbox/fidelity').then(({ fidelityRows }) => console.log(fidelityRows().length))";
  const { stdout } = await run(process.execPath, ['--eval', code], { cwd: project });
  expect(Number(stdout)).toBeGreaterThan(100);
});

async function importEverything(name: string): Promise<string> {
  const manifest = await readManifest(packageDirectory(name));
  const modules = Object.entries(manifest.exports).filter(([, target]) => typeof target !== 'string');
  return modules
    .map(([path], index) => `export * as export${index} from '${manifest.name}${path.slice(1)}';\n`)
    .join('');
}

async function writeFileAt(path: string, content: string): Promise<string> {
  await writeFile(path, content);
  return path;
}
