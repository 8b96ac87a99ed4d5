import { expect, test } from 'vitest';
import type { RunConfig } from '../../image/config.ts';
import { undeclaredArgWarnings } from './arguments.ts';
import { evaluate } from './evaluate.ts';
import { parseDockerfile } from './parse.ts';
import { planStages } from './stages.ts';

function evaluateTarget(lines: string, base: RunConfig = {}, buildArgs: Record<string, string> = {}) {
  const dockerfile = parseDockerfile(/^FROM /m.test(lines) ? lines : `FROM a\n${lines}`);
  const plan = planStages(dockerfile, { buildArgs });
  return evaluate(dockerfile, plan, () => base, buildArgs).get(plan.target.index)!;
}
const configOf = (...args: Parameters<typeof evaluateTarget>) => evaluateTarget(...args).config;
const stepsOf = (...args: Parameters<typeof evaluateTarget>) =>
  evaluateTarget(...args).traces.flatMap(({ step }) => step ?? []);
const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

test('inherits the base’s configuration', () => {
  const base = { Env: ['PATH=/bin', 'A=1'], Cmd: ['node'], WorkingDir: '/srv', Labels: { a: 'b' }, Custom: 1 };
  expect(configOf('ARG X', base)).toEqual(base);
});

test('always sets PATH', () => {
  expect(configOf('ARG X').Env).toEqual([path]);
});

test('ENV adds and replaces in place, and sees only earlier lines', () => {
  const config = configOf('ENV A=1 B=$A\nENV C=$A B=two', { Env: ['PATH=/bin', 'A=0', 'Z=9'] });
  expect(config.Env).toEqual(['PATH=/bin', 'A=1', 'Z=9', 'B=two', 'C=1']);
});

test('ARG sets a variable but not the environment', () => {
  const config = configOf('ARG A=1 B\nENV C=$A$B', {}, { B: '2' });
  expect(config.Env).toEqual([path, 'C=12']);
});

test('a build arg overrides the default; a global ARG applies where it is declared again', () => {
  const dockerfile = 'ARG V=20 G=global\nFROM node:$V\nENV A=$V\nARG V\nENV B=$V\nARG G=local\nENV C=$G';
  expect(configOf(dockerfile).Env).toEqual([path, 'A=', 'B=20', 'C=local']);
  expect(configOf(dockerfile, {}, { V: '22' }).Env).toEqual([path, 'A=', 'B=22', 'C=local']);
});

test('the later of ENV and ARG wins', () => {
  expect(configOf('ENV A=env\nARG A=arg\nENV B=$A').Env).toEqual([path, 'A=env', 'B=arg']);
  expect(configOf('ARG A=arg\nENV A=env\nARG A\nENV B=$A').Env).toEqual([path, 'A=env', 'B=env']);
});

test('platform args are available once declared', () => {
  expect(configOf('ARG TARGETARCH TARGETPLATFORM\nENV A=$TARGETARCH-$TARGETPLATFORM').Env).toEqual([
    path,
    'A=amd64-linux/amd64',
  ]);
});

test('WORKDIR is relative to the previous one and plans a directory', () => {
  const { config, traces } = evaluateTarget('USER node\nWORKDIR /app\nWORKDIR src/../lib');
  expect(config.WorkingDir).toBe('/app/lib');
  expect(traces.map(({ step }) => step)).toEqual([
    undefined,
    { kind: 'workdir', line: 3, path: '/app', owner: 'node' },
    { kind: 'workdir', line: 4, path: '/app/lib', owner: 'node' },
  ]);
  expect(stepsOf('WORKDIR /')).toEqual([]);
});

test.each([
  ['COPY a b', '/app/b'],
  ['COPY a .', '/app/'],
  ['COPY a ./', '/app/'],
  ['COPY a ./b/', '/app/b/'],
  ['COPY a ../b/.', '/b/'],
  ['COPY a /b', '/b'],
  ['COPY a /', '/'],
  ['COPY a $DIR/x', '/dir/x'],
])('%s goes to %s', (line, destination) => {
  expect(stepsOf(`ENV DIR=/dir\nWORKDIR /app\n${line}`)[1]).toMatchObject({ kind: 'copy', destination });
});

test('COPY expands its sources and flags', () => {
  expect(stepsOf('ARG U=me M=750\nCOPY --chown=$U:staff --chmod=$M --exclude=*.md ["a $U", "c*", "/d/"]')).toEqual([
    {
      kind: 'copy',
      line: 3,
      sources: ['a me', 'c*'],
      destination: '/d/',
      owner: 'me:staff',
      mode: 0o750,
      excludes: ['*.md'],
      unpacks: false,
      link: false,
    },
  ]);
});

test.each([
  'COPY --chmod=888 a b',
  'COPY --chmod=17777 a b',
  'EXPOSE http',
  'EXPOSE 70000',
  'EXPOSE 2-1',
  'EXPOSE 1/icmp',
  'LABEL a=${B:?no}',
  'STOPSIGNAL NOPE',
  'STOPSIGNAL 65',
])('rejects %s with its line', (line) => {
  expect(() => evaluateTarget(line)).toThrow('Dockerfile line 2: ');
});

test('EXPOSE, VOLUME, LABEL, USER and STOPSIGNAL extend the base’s configuration', () => {
  const config = configOf(
    'EXPOSE 8080 53/UDP 9000-9001 127.0.0.1:80:81\nVOLUME /a /b\nVOLUME ["/c"]\nLABEL a=1 "b c"="$HOME x"\nUSER 1000:0\nSTOPSIGNAL SIGINT',
    {
      Env: ['PATH=/', 'HOME=/h'],
      ExposedPorts: { '1/tcp': {} },
      Labels: { a: '0', z: '9' },
    },
  );
  expect(config).toMatchObject({
    ExposedPorts: { '1/tcp': {}, '8080/tcp': {}, '53/udp': {}, '9000/tcp': {}, '9001/tcp': {}, '81/tcp': {} },
    Volumes: { '/a': {}, '/b': {}, '/c': {} },
    Labels: { a: '1', z: '9', 'b c': '/h x' },
    User: '1000:0',
    StopSignal: 'SIGINT',
  });
});

test('the shell form uses the base’s shell or the last SHELL', () => {
  expect(configOf('CMD node $X').Cmd).toEqual(['/bin/sh', '-c', 'node $X']);
  expect(configOf('CMD a', { Shell: ['/bin/bash', '-ec'] }).Cmd).toEqual(['/bin/bash', '-ec', 'a']);
  expect(configOf('SHELL ["/bin/ash"]\nENTRYPOINT a').Entrypoint).toEqual(['/bin/ash', 'a']);
});

test('ENTRYPOINT resets an inherited command, but not one from this file', () => {
  const base = { Cmd: ['node'], Entrypoint: ['docker-entrypoint.sh'] };
  expect(configOf('ENTRYPOINT ["a"]', base)).not.toHaveProperty('Cmd');
  expect(configOf('CMD ["c"]\nENTRYPOINT ["a"]', base)).toMatchObject({ Cmd: ['c'], Entrypoint: ['a'] });
  expect(configOf('ENTRYPOINT []', base)).not.toHaveProperty('Entrypoint');
  expect(configOf('CMD ["c"]', base)).toMatchObject({ Cmd: ['c'], Entrypoint: ['docker-entrypoint.sh'] });
});

test('doesn’t inherit the base’s ONBUILD triggers', () => {
  expect(configOf('USER a', { OnBuild: ['RUN x'] })).not.toHaveProperty('OnBuild');
});

test('a stage inherits the configuration and the variables of the stage below, ARGs included', () => {
  const stages = 'ARG G=global\nFROM a AS one\nARG X=arg G\nENV A=$X\nCMD ["one"]\nUSER node\nWORKDIR /app\nFROM one\n';
  expect(configOf(`${stages}ENV B=$X-$G-$A\nWORKDIR b`)).toMatchObject({
    Env: [path, 'A=arg', 'B=arg-global-arg'],
    Cmd: ['one'],
    User: 'node',
    WorkingDir: '/app/b',
  });
  expect(configOf(`${stages}ENTRYPOINT ["two"]`)).not.toHaveProperty('Cmd');
  expect(configOf('FROM a AS one\nARG A=arg\nENV A=env\nFROM one\nENV B=$A')).toMatchObject({
    Env: [path, 'A=env', 'B=env'],
  });
});

test('independent stages share only the global ARGs', () => {
  expect(configOf('ARG G=1\nFROM a AS one\nARG X=x\nENV A=1\nFROM a\nARG G\nENV B=$X$A$G').Env).toEqual([path, 'B=1']);
});

test('leaves only values open that depend on an unknown base', () => {
  const dockerfile = parseDockerfile(`FROM a
ARG KNOWN=dist
ENV FROM_BASE=$HOME OURS=src
COPY $KNOWN $OURS /x
COPY $FROM_BASE $KNOWN /x
COPY a $HOME/
WORKDIR $HOME
LABEL a=\${HOME:?}
ENV FROM_BASE=lib
COPY $FROM_BASE ./
`);
  const evaluation = evaluate(dockerfile, planStages(dockerfile), () => undefined, {}).get(0)!;
  expect(evaluation.traces.map(({ step }) => (step?.kind === 'copy' ? (step.sources ?? 'open') : undefined))).toEqual([
    undefined,
    undefined,
    ['dist', 'src'],
    'open',
    ['a'],
    undefined,
    undefined,
    undefined,
    ['lib'],
  ]);
});

test('warns about undeclared build args, except Docker’s predefined ones', () => {
  const dockerfile = parseDockerfile('ARG A\nFROM a\nARG B=1');
  expect(undeclaredArgWarnings(dockerfile, { A: '', B: '', C: '', HTTP_PROXY: '', SOURCE_DATE_EPOCH: '' })).toEqual([
    "The build arg C isn't declared by any ARG.",
  ]);
});
