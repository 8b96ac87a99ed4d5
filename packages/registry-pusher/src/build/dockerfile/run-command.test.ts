import { expect, test } from 'vitest';
import type { RunStep } from '../../run/run-step.ts';
import { evaluate } from './evaluate.ts';
import { parseDockerfile } from './parse.ts';
import { planStages } from './stages.ts';

/** Returns the RUNs of the target stage. */
function runsOf(text: string, buildArgs: Record<string, string> = {}): RunStep[] {
  const dockerfile = parseDockerfile(`FROM base\n${text}`);
  const plan = planStages(dockerfile);
  const { traces } = evaluate(dockerfile, plan, () => ({ Env: ['PATH=/bin'] }), buildArgs).get(plan.target.index)!;
  return traces.flatMap(({ step }) => (step?.kind === 'run' ? [step] : []));
}

test.each([
  ['RUN echo $A "b c"', { form: 'shell', script: 'echo $A "b c"' }],
  ['RUN ["a", "b c"]', { form: 'exec', words: ['a', 'b c'] }],
  ['RUN <<EOF\none\ntwo\nEOF', { form: 'shell', script: 'one\ntwo\n' }],
  ['RUN <<-EOF\n\tone\n\tEOF', { form: 'shell', script: 'one\n' }],
  ['RUN <<EOF\n#!/bin/cat\nx\nEOF', { form: 'script', name: 'EOF', content: '#!/bin/cat\nx\n' }],
  ['RUN cat <<A <<B\n1\nA\n2\nB', { form: 'shell', script: 'cat <<A <<B\n1\nA\n2\nB' }],
])('%j', (text, command) => {
  expect(runsOf(text)).toMatchObject([{ command }]);
});

test('RUN sees ENV and ARGs in order, and proxies apart', () => {
  const [run] = runsOf('ARG A=1\nENV B=2 A=3\nARG SOURCE_DIGEST\nARG D\nRUN x', { HTTP_PROXY: 'p', D: '4' });
  expect(run).toMatchObject({ env: ['PATH=/bin', 'A=3', 'B=2', 'D=4'], proxies: ['HTTP_PROXY=p'] });
});

test('a RUN has the user, the directory and the shell of its place', () => {
  const text =
    'WORKDIR a\nUSER u:g\nSHELL ["/bin/bash", "-c"]\nRUN --network=none --mount=type=tmpfs,target=t,size=1m x';
  expect(runsOf(text)).toMatchObject([
    {
      workdir: '/a',
      user: 'u:g',
      shell: ['/bin/bash', '-c'],
      network: 'none',
      mounts: [{ type: 'tmpfs', target: '/a/t', size: 1_048_576 }],
    },
  ]);
});

test.each([
  ['type=bind,target=/c,rw', { type: 'bind', target: '/c', source: '/', readWrite: true }],
  ['target=/c,source=d', { type: 'bind', target: '/c', source: '/d', readWrite: false }],
  ['type=cache,dst=/c', { type: 'cache', id: '/c', target: '/c', sharing: 'shared', mode: 0o755, uid: 0, gid: 0 }],
  ['type=secret,id=t', { type: 'secret', id: 't', target: '/run/secrets/t', mode: 0o400, required: false }],
  ['type=secret,id=t,env=T,required', { type: 'secret', id: 't', env: 'T', required: true }],
])('--mount=%s', (mount, expected) => {
  expect(runsOf(`RUN --mount=${mount} x`)[0]!.mounts).toMatchObject([expected]);
});

test.each([
  ['RUN', 'needs a command'],
  ['RUN --mount=type=ssh x', 'ssh isn’t supported'],
  ['RUN --mount=type=bind x', 'needs a target'],
  ['RUN --mount=type=cache,target=/c,sharing=x y', 'sharing=x'],
  ['RUN --mount=type=nfs,target=/c x', 'type=nfs'],
  ['RUN --network=bridge x', '--network=bridge'],
  ['RUN --quick x', 'no flag --quick'],
  ['RUN []', 'names no program'],
])('rejects %s', (text, message) => {
  expect(() => runsOf(text)).toThrow(message);
});

test('a stage starts with the ONBUILD triggers of the stage that it builds on', () => {
  const text = 'ONBUILD RUN on\nRUN first\nFROM b';
  const dockerfile = parseDockerfile(`FROM base AS b\n${text}\nRUN last`);
  const plan = planStages(dockerfile);
  const evaluated = evaluate(dockerfile, plan, () => ({ Env: [] }), {});
  expect(evaluated.get(1)!.traces.map((trace) => trace.text)).toEqual(['RUN on', 'RUN last']);
  expect(evaluated.get(0)!.config.OnBuild).toEqual(['RUN on']);
  expect(evaluated.get(1)!.config.OnBuild).toBeUndefined();
});
