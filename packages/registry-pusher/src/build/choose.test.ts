import { expect, test } from 'vitest';
import { chooseBuilder, requireDirect } from './choose.ts';
import { parseDockerfile } from './dockerfile/parse.ts';

test('a Dockerfile that executes nothing is built directly', () => {
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
  ['ADD https://example.com/a /a', 'downloads nothing'],
  ['ADD git@example.com:a.git /a', 'downloads nothing'],
  ['ADD app.tar.gz /a', 'does not unpack'],
  ['ADD --checksum=sha256:1 a /a', '--checksum'],
  ['ONBUILD USER a', 'built on this one'],
])('%s is left to Docker', (line, reason) => {
  expect(chooseBuilder(`FROM a\n${line}\n`)).toEqual({
    builder: 'docker',
    reasons: [{ line: 2, instruction: line.split('\n')[0], reason: expect.stringContaining(reason) as string }],
  });
});

test('every line that is left to Docker is told, those of other stages too that the target needs', () => {
  const choice = chooseBuilder('FROM a AS build\nRUN one \\\n  two\nFROM b\nCOPY --from=build /x /x\nONBUILD USER c\n');
  expect(choice).toMatchObject({
    reasons: [
      { line: 2, instruction: 'RUN one   two' },
      { line: 6, instruction: 'ONBUILD USER c' },
    ],
  });
});

test('a stage that the target does not need may run what it likes', () => {
  const dockerfile = 'ARG B=build\nFROM a AS build\nRUN x\nFROM a AS app\nCOPY . .\nFROM $B AS test\nRUN y\nFROM app\n';
  expect(chooseBuilder(dockerfile)).toEqual({ builder: 'direct' });
  expect(chooseBuilder(dockerfile, { target: 'App' })).toEqual({ builder: 'direct' });
  expect(chooseBuilder(dockerfile, { target: 'test' })).toMatchObject({ reasons: [{ line: 3 }, { line: 7 }] });
  expect(chooseBuilder(dockerfile, { target: 'test', buildArgs: { B: 'app' } })).toMatchObject({
    reasons: [{ line: 7 }],
  });
});

test('stages that Docker alone may understand are left to it, when something else is too', () => {
  const later = 'FROM a\nCOPY --from=later /a /a\nFROM a AS later\n';
  expect(chooseBuilder(`${later}RUN x\nFROM 0\n`, { target: 'nowhere' })).toMatchObject({ reasons: [{ line: 4 }] });
  expect(() => chooseBuilder(later, { target: 'nowhere' })).toThrow('there is no stage nowhere. Use one of later.');
});

test('another frontend’s file is left to Docker', () => {
  expect(chooseBuilder('# syntax=example.com/other:1\nFROM a\n')).toMatchObject({
    builder: 'docker',
    reasons: [{ line: 1 }],
  });
});

test('when the direct builder is asked for, the lines, the reasons and the way out are in the error', () => {
  expect(() => requireDirect(parseDockerfile('FROM a\nRUN b\n'))).toThrow(
    expect.objectContaining({
      code: 'INSTRUCTION_UNSUPPORTED',
      message: expect.stringMatching(/line 2: RUN b: .*RUN needs Docker\n.*--builder docker/s) as string,
    }),
  );
});
