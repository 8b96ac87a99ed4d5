import { expect, test } from 'vitest';
import { createDirectory } from '../../testing/directory.ts';
import { MemoryImages } from '../../testing/memory-images.ts';
import { ModelExecutor } from '../../testing/model-executor.ts';
import { buildDirect } from './build-direct.ts';

const token = 'npm_0123456789abcdefghij';
const npmrc = `//registry.example/:_authToken=${token}\n`;
const writesNpmrc = 'RUN --mount=type=secret,id=npmrc cat /run/secrets/npmrc > /app/.npmrc';

async function build(dockerfile: string, written: string, secrets: Record<string, string> = { npmrc }) {
  await using directory = await createDirectory({ Dockerfile: dockerfile });
  const registry = new MemoryImages();
  await registry.putBase('docker.io/library/node:20', [{ 'etc/hostname': 'base' }]);
  const executor = new ModelExecutor((script) =>
    script.includes('.npmrc') ? { 'app/.npmrc': written } : { 'app/main.js': script },
  );
  const request = { context: directory.path, dockerfile: directory.file('Dockerfile') };
  await using built = {
    ...(await buildDirect(request, { registry, lock: 'write', run: { executor, secrets } })),
    [Symbol.asyncDispose]: () => built.close(),
  };
  const cached = built.cacheEntries!.map(({ text }) => text);
  return { warnings: built.warnings, cached };
}

test.each([
  ['its file', npmrc],
  ['a token of its file', `token: ${token}`],
])('a RUN that writes a build secret into the image fails: %s', async (_, written) => {
  await expect(build(`FROM node:20\nRUN make\n${writesNpmrc}\n`, written)).rejects.toMatchObject({
    code: 'FILE_REFUSED',
    message:
      'Dockerfile line 3: /app/.npmrc contains the value of the build secret npmrc. Anyone who can pull the image could ' +
      'read it. Read it where it is mounted instead of writing it to a file, or delete the file in the same RUN. If it may ' +
      'be public, pass it as a build argument.',
  });
});

test('a RUN of another stage may keep a build secret, but no cache keeps its layer', async () => {
  const { warnings, cached } = await build(
    `FROM node:20 AS build\n${writesNpmrc}\nRUN npm ci\nFROM node:20\nCOPY --from=build /app/main.js /\n`,
    npmrc,
  );
  expect(warnings).toEqual([
    "Dockerfile line 2: /app/.npmrc contains the value of the build secret npmrc. The image doesn't contain this stage. No cache keeps this layer, so the line runs in every build.",
  ]);
  expect(cached).toEqual(['RUN npm ci', 'COPY --from=build /app/main.js /']);
});

test('a copy of a stage’s file with a build secret into the image fails', async () => {
  const copy = build(`FROM node:20 AS build\n${writesNpmrc}\nFROM node:20\nCOPY --from=build /app /app\n`, npmrc);
  await expect(copy).rejects.toThrow(
    '/app/.npmrc, copied from the stage build, contains the value of the build secret npmrc.',
  );
});

test('a copy between other stages may contain a build secret, but no cache keeps its layer', async () => {
  const { cached } = await build(
    `FROM node:20 AS deps\n${writesNpmrc}\nFROM node:20 AS build\nCOPY --from=deps /app /app\nRUN npm ci\n` +
      'FROM node:20\nCOPY --from=build /app/main.js /\n',
    npmrc,
  );
  expect(cached).toEqual(['RUN npm ci', 'COPY --from=build /app/main.js /']);
});

test('says that a short build secret isn’t searched for', async () => {
  const { warnings } = await build(`FROM node:20\n${writesNpmrc}\n`, '1234', { npmrc: '1234' });
  expect(warnings).toEqual([
    "The build secret npmrc is shorter than 8 characters: layers of RUN aren't searched for it.",
  ]);
});
