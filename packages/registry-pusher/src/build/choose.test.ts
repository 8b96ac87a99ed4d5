import { expect, test } from 'vitest';
import { assertDirect, chooseBuilder, type InstructionSelection } from './choose.ts';
import { parseDockerfile } from './dockerfile/parse.ts';

test('chooses the direct builder for a Dockerfile without RUN', () => {
  const dockerfile = `# syntax=docker/dockerfile:1.7
ARG NODE=20
FROM node:$NODE-slim AS app
ARG SOURCE_DIGEST
ENV NODE_ENV=production SOURCE_DIGEST=$SOURCE_DIGEST
LABEL a=b
WORKDIR /app
COPY --chown=node:node --chmod=755 package*.json ./
ADD start.sh /usr/local/bin/
USER node
EXPOSE 3000
VOLUME /data
STOPSIGNAL SIGINT
HEALTHCHECK NONE
SHELL ["/bin/sh", "-c"]
ENTRYPOINT ["node"]
CMD ["main.js"]
`;
  expect(chooseBuilder(dockerfile)).toEqual({ builder: 'direct' });
});

test.each([
  ['RUN npm ci', 'RUN needs Docker'],
  ['COPY <<EOF /a\nhello\nEOF', 'heredocs'],
  ['COPY --parents a b', '--parents'],
  ['COPY --chmod=u+x a b', 'octal'],
  ['ADD https://example.com/a /a', "doesn't download"],
  ['ADD git@example.com:a.git /a', "doesn't download"],
  ['ADD app.tar.gz /a', "doesn't extract"],
  ['ADD --checksum=sha256:1 a /a', '--checksum'],
  ['ONBUILD USER a', 'ONBUILD'],
])('leaves %s to Docker', (line, reason) => {
  expect(chooseBuilder(`FROM a\n${line}\n`)).toMatchObject({
    builder: 'docker',
    reasons: [{ line: 2, instruction: line.split('\n')[0], reason: expect.stringContaining(reason) as string }],
  });
});

test('reports every unsupported line in all needed stages', () => {
  const choice = chooseBuilder('FROM a AS build\nRUN one \\\n  two\nFROM b\nCOPY --from=build /x /x\nONBUILD USER c\n');
  expect(choice).toMatchObject({
    reasons: [
      { line: 2, instruction: 'RUN one   two' },
      { line: 6, instruction: 'ONBUILD USER c' },
    ],
  });
});

test('decides by the base image of its stage whether a RUN is executed', () => {
  const dockerfile = `FROM node:20 AS app
RUN one
FROM app
RUN two
FROM registry.example.com/node:20 AS build
RUN three
FROM scratch AS empty
RUN four
FROM build
COPY --from=1 /x /x
COPY --from=empty /x /x
RUN five
`;
  const asked: (string | undefined)[] = [];
  const whyNoRun: InstructionSelection['whyNoRun'] = (base) => {
    asked.push(base?.registry);
    return base?.registry === 'docker.io' ? 'it has no shell' : undefined;
  };
  expect(chooseBuilder(dockerfile, { canRun: true, whyNoRun })).toMatchObject({
    reasons: [
      { line: 2, reason: 'RUN needs Docker: it has no shell' },
      { line: 4, reason: 'RUN needs Docker: it has no shell' },
    ],
  });
  expect(asked).toEqual(['docker.io', 'docker.io', 'registry.example.com', undefined, 'registry.example.com']);
  expect(chooseBuilder('FROM a\nRUN b\n', { canRun: true })).toEqual({ builder: 'direct' });
});

test('ignores RUN in stages that the target doesn’t need', () => {
  const dockerfile = 'ARG B=build\nFROM a AS build\nRUN x\nFROM a AS app\nCOPY . .\nFROM $B AS test\nRUN y\nFROM app\n';
  expect(chooseBuilder(dockerfile)).toEqual({ builder: 'direct' });
  expect(chooseBuilder(dockerfile, { target: 'App' })).toEqual({ builder: 'direct' });
  expect(chooseBuilder(dockerfile, { target: 'test' })).toMatchObject({ reasons: [{ line: 3 }, { line: 7 }] });
  expect(chooseBuilder(dockerfile, { target: 'test', buildArgs: { B: 'app' } })).toMatchObject({
    reasons: [{ line: 7 }],
  });
});

test('leaves invalid stages to Docker when it is needed anyway', () => {
  const later = 'FROM a\nCOPY --from=later /a /a\nFROM a AS later\n';
  expect(chooseBuilder(`${later}RUN x\nFROM 0\n`, { target: 'nowhere' })).toMatchObject({ reasons: [{ line: 4 }] });
  expect(() => chooseBuilder(later, { target: 'nowhere' })).toThrow('there is no stage nowhere. Use one of later.');
});

test('leaves files for another frontend to Docker', () => {
  expect(chooseBuilder('# syntax=example.com/other:1\nFROM a\n')).toMatchObject({
    builder: 'docker',
    reasons: [{ line: 1 }],
  });
});

test('rejects unsupported lines with the reasons and the alternative', () => {
  expect(() => assertDirect(parseDockerfile('FROM a\nRUN b\n'))).toThrow(
    expect.objectContaining({
      code: 'INSTRUCTION_UNSUPPORTED',
      message: expect.stringMatching(/line 2: RUN b: .*RUN needs Docker\n.*--builder docker/s) as string,
    }),
  );
});

test('names a stage that a build context can replace, and how', () => {
  const stages =
    'FROM node:20 AS Build\nRUN npm ci\nRUN npm run build\nFROM node:20-slim\nCOPY --from=build /app /app\n';
  const choice = chooseBuilder(stages);
  expect(choice).toMatchObject({
    builder: 'docker',
    reasons: [
      { line: 2, stage: 'build' },
      { line: 3, stage: 'build' },
    ],
  });
  expect(() => assertDirect(parseDockerfile(stages))).toThrow(
    /tozo image-deps[\s\S]*a directory: --build-context build=DIR, or "stages" in deploy\.json\.\nBuild it with Docker/,
  );
  expect(() => assertDirect(parseDockerfile(`${stages}RUN ls\n`))).toThrow(/line 6: RUN ls(?![\s\S]*--build-context)/);
});
