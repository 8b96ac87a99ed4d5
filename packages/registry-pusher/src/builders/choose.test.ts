import { expect, test } from 'vitest';
import { chooseBuilder, requireDirect } from './choose.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';

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
  ['FROM b', 'one stage'],
  ['COPY --from=build /a /b', 'not from stages'],
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

test('every line that is left to Docker is told', () => {
  const choice = chooseBuilder('FROM a AS build\nRUN one \\\n  two\nFROM b\nCOPY --from=build /x /x\n');
  expect(choice).toMatchObject({ reasons: [{ line: 2, instruction: 'RUN one   two' }, { line: 4 }, { line: 5 }] });
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
