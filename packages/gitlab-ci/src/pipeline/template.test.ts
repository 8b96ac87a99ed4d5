import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

const read = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8');
const component = read('templates/pipeline.yml');
const plain = read('.gitlab/pipeline.yml');

type Jobs = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
const jobs = parseAllDocuments(plain)[1]?.toJS() as Jobs;

test('the component is the plain file, and knows its version', () => {
  const lines = component.split('\n').filter((line) => !plain.split('\n').includes(line));
  expect(lines.filter((line) => !line.trimStart().startsWith('#'))).toEqual([
    '  component: [version]',
    '    TOZO_COMPONENT_VERSION: $[[ component.version ]]',
  ]);
  expect(plain.split('\n').filter((line) => !component.split('\n').includes(line))).toEqual([]);
});

test('the jobs with the API key inherit nothing but tags and have no cache', () => {
  expect(jobs['.tozo-tool']).toMatchObject({ inherit: { default: ['tags'] }, cache: [] });
  for (const name of ['.tozo-deploy', '.tozo-promote', '.tozo-rollback'])
    expect(Object.keys(jobs[name]!).filter((key) => !['extends', 'script', 'artifacts'].includes(key))).toEqual([]);
  expect(plain).not.toContain('docker:');
});

test('only the URL of one app is passed on by dotenv, and nothing from job to job (fault 128, gitlab)', () => {
  const dotenv = Object.entries(jobs).filter(([, job]) => JSON.stringify(job).includes('"dotenv"'));
  expect(dotenv.map(([name]) => name)).toEqual(['.tozo-deploy', '.tozo-promote']);
  for (const [, { artifacts }] of dotenv) expect(artifacts).toEqual({ reports: { dotenv: '.tozo-record/url.env' } });
});

test('lint-test ends before it installs anything if it sees the API key', () => {
  const [first] = jobs['lint-test']!['before_script'] as string[];
  expect(first).toMatch(/HEROKU_API_KEY[^]*exit 1/);
});

test("this repository's deploy job runs the tool only as the job tool built it", () => {
  const { include, tool } = parse(read('.gitlab-ci.yml')) as {
    readonly include: readonly { readonly inputs: { readonly 'tool-install': readonly string[] } }[];
    readonly tool: { readonly script: readonly string[] };
  };
  const project = mkdtempSync(join(tmpdir(), 'tozo-tool-'));
  onTestFinished(() => rmSync(project, { recursive: true }));
  const dist = join(project, 'packages/cli/package/dist');
  mkdirSync(dist, { recursive: true });
  for (const file of ['tozo.js', 'sandbox.js']) writeFileSync(join(dist, file), `console.log('${file}');\n`);
  execFileSync('bash', ['-e', '-c', tool.script.slice(2).join('\n')], { cwd: project });

  const install = (): { readonly status: number | null; readonly stdout: string } => {
    const before = ['source ./tool.env', 'project=$PWD', 'root=$PWD/clone', 'mkdir -p "$root/.git"'];
    const commands = [...before, ...include[0]!.inputs['tool-install'], 'node $tool/tozo.js'];
    return spawnSync('bash', ['-e', '-c', commands.join('\n')], { cwd: project, encoding: 'utf8' });
  };
  expect(install()).toMatchObject({ status: 0, stdout: 'tozo.js\n' });
  writeFileSync(join(dist, 'sandbox.js'), 'console.log(process.env);\n');
  expect(install()).toMatchObject({ status: 1, stdout: '' });
});

test('the jobs of the infrastructure hold other tokens than the deploy: only by environments of their own', () => {
  expect(Object.keys(jobs['.tozo-synth']!)).not.toContain('environment');
  expect(jobs['.tozo-apply']).toMatchObject({ extends: '.tozo-terraform', rules: [{ when: 'manual' }] });
  expect(jobs['.tozo-drift']).toMatchObject({ extends: '.tozo-terraform' });
  const [, guide] = /<!-- infrastructure jobs -->\s+```yaml\n([^]*?)```/.exec(read('docs/pipeline.md'))!;
  const shown = parse(guide!) as Jobs;
  const environments = Object.values(shown).flatMap(({ environment }) => (environment ? [environment] : []));
  expect(environments).toEqual([
    { name: 'infrastructure/shop', action: 'prepare' },
    { name: 'drift/shop', action: 'verify' },
  ]);
  for (const { extends: bases } of Object.values(shown).filter((job) => 'extends' in job))
    for (const base of bases as string[]) expect({ ...jobs, ...shown }).toHaveProperty([base]);
});

test('an apply is manual and never scheduled, and drift is scheduled and never else', () => {
  const ruleOf = (name: string): string => (jobs[name]!['rules'] as { readonly if: string }[])[0]!.if;
  expect(ruleOf('.tozo-apply')).toContain('$CI_PIPELINE_SOURCE != "schedule"');
  expect(ruleOf('.tozo-drift')).toContain('$CI_PIPELINE_SOURCE == "schedule"');
  expect(jobs['.tozo-drift']!['script']).toContain('$[[ inputs.tool ]] infrastructure drift --no-synth');
  const apply = '$[[ inputs.tool ]] infrastructure apply --no-synth --yes ${TOZO_APPLY_OPTIONS:-}';
  expect(jobs['.tozo-apply']!['script']).toContain(apply);
  const settings = Object.keys(jobs['.tozo-terraform']!['variables'] as object).filter((key) =>
    key.startsWith('TF_HTTP_'),
  );
  expect(settings).toHaveLength(7);
});
