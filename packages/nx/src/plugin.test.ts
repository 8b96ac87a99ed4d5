import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CreateNodes as NxCreateNodes } from '@nx/devkit';
import { expect, onTestFinished, test } from 'vitest';
import { inferInfrastructureTargets } from './infer-infrastructure.ts';
import {
  inferDeployTarget,
  inferImageDepsTarget,
  inferSandboxTarget,
  outlineDockerfile,
  usesImageDeps,
} from './infer.ts';
import { createNodes, name } from './plugin.ts';

function workspace(...files: string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'tozo-nx-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '{}');
  }
  return root;
}

async function inferredProjects(...files: string[]): Promise<unknown> {
  const [glob, create]: NxCreateNodes = [...createNodes];
  // Nx 22.0 to 22.4 refuse alternatives within alternatives.
  expect(glob).toBe('**/{deploy.json,infrastructure.ts,infrastructure.mts,infrastructure.js,infrastructure.mjs}');
  const found = files.filter((file) => /(?:deploy\.json|infrastructure\.m?[jt]s)$/.test(file));
  const results = await create(found, undefined, { workspaceRoot: workspace(...files), nxJsonConfiguration: {} });
  return Object.assign({}, ...results.map(([, result]) => result.projects));
}

test('ignores a deploy.json outside a project', async () => {
  expect(await inferredProjects('e2e/fixtures/shop/deploy.json')).toEqual({});
});

test('adds a deploy target to every project with a deploy.json', async () => {
  const files = ['apps/shop/package.json', 'apps/shop/deploy.json', 'apps/api/project.json', 'apps/api/deploy.json'];
  expect(await inferredProjects(...files)).toEqual({
    'apps/shop': {
      root: 'apps/shop',
      targets: {
        deploy: inferDeployTarget(),
        'image-deps': inferImageDepsTarget(false),
        sandbox: inferSandboxTarget(),
      },
    },
    'apps/api': {
      root: 'apps/api',
      targets: {
        deploy: inferDeployTarget(),
        'image-deps': inferImageDepsTarget(false),
        sandbox: inferSandboxTarget(),
      },
    },
  });
});

test('adds the targets of Terraform to every project with an infrastructure.mts', async () => {
  const files = ['apps/shop/package.json', 'apps/shop/infrastructure.ts', 'fixtures/infrastructure.ts'];
  const targets = inferInfrastructureTargets();
  expect(await inferredProjects(...files)).toEqual({ 'apps/shop': { root: 'apps/shop', targets } });
  expect(Object.keys(targets)).toEqual(['synth', 'validate', 'plan', 'apply', 'drift']);
  expect(targets['synth']).toMatchObject({
    cache: false,
    outputs: ['{projectRoot}/out/infrastructure/cdk.tf.json'],
  });
  for (const name of ['validate', 'plan', 'apply', 'drift'])
    expect(targets[name]).toMatchObject({
      cache: false,
      dependsOn: ['^build'],
      command: `tozo infrastructure ${name}`,
    });
});

test('each environment of a deploy.json is a configuration', async () => {
  const root = workspace('apps/shop/package.json', 'apps/shop/deploy.json');
  const targetOf = async (deployJson: string): Promise<unknown> => {
    writeFileSync(join(root, 'apps/shop/deploy.json'), deployJson);
    const [, create]: NxCreateNodes = [...createNodes];
    const context = { workspaceRoot: root, nxJsonConfiguration: {} };
    const [result] = await create(['apps/shop/deploy.json'], undefined, context);
    return result?.[1].projects?.['apps/shop']?.targets?.['deploy']?.configurations;
  };
  expect(await targetOf('\uFEFF{"environments": {"staging": {"app": "a"}, "live": {}, "; rm -rf /": {}}}')).toEqual({
    staging: { args: '--environment staging' },
    live: { args: '--environment live' },
  });
  for (const none of ['{}', '{"environments": 7}', '{"environments": null}', 'no JSON', 'null'])
    expect(await targetOf(none)).toBeUndefined();
});

test('the target runs tozo deploy in the project’s directory after the build, uncached', () => {
  expect(inferDeployTarget()).toEqual({
    command: 'tozo deploy',
    options: { cwd: '{projectRoot}' },
    dependsOn: ['build'],
    cache: false,
    inputs: ['default', '^default'],
    metadata: {
      description: 'Build the image, push it, release it on Heroku and wait until the new version responds',
      technologies: ['heroku'],
      help: { command: 'npx tozo deploy --help', example: { options: { sandbox: true } } },
    },
  });
});

test('image-deps runs before deploy where the Dockerfile copies its output', () => {
  const root = workspace('apps/shop/package.json', 'apps/shop/deploy.json');
  const dependsOn = (dockerfile: string): unknown => {
    writeFileSync(join(root, 'apps/shop/Dockerfile'), dockerfile);
    const [, create] = createNodes;
    const context = { workspaceRoot: root, nxJsonConfiguration: {} };
    const [result] = create(['apps/shop/deploy.json'], undefined, context);
    return result?.[1].projects?.['apps/shop']?.targets?.['deploy']?.dependsOn;
  };
  expect(dependsOn('FROM node:24-slim\nCOPY out/image/packages ./\n')).toEqual(['build', 'image-deps']);
  expect(dependsOn('FROM node:24-slim\nCOPY dist ./\n')).toEqual(['build']);
  expect(usesImageDeps('# COPY out/image/packages ./\nCOPY out/images ./')).toBe(false);
  expect(usesImageDeps('copy --link ./out/image/app ./')).toBe(true);
});

test('image-deps is cached by what the builds write, the lock file and the settings of package managers', () => {
  const { cache, inputs, outputs, dependsOn } = inferImageDepsTarget();
  expect({ cache, outputs, dependsOn }).toEqual({
    cache: true,
    outputs: ['{projectRoot}/out/image'],
    dependsOn: ['build', '^build'],
  });
  expect(inputs).toContainEqual({ dependentTasksOutputFiles: '**/*', transitive: true });
  for (const file of ['package-lock.json', 'pnpm-lock.yaml', 'yarn.lock', '.npmrc'])
    expect(inputs).toContain(`{workspaceRoot}/${file}`);
});

test.each([
  ['package.json', '{}', false],
  ['package.json', '{"scripts": {"build": "tsc"}}', true],
  ['package.json', '{"nx": {"targets": {"build": {}}}}', true],
  ['project.json', '{"targets": {"build": {}}}', true],
  ['project.json', '{"targets": {"test": {}}}', false],
  ['project.json', '{"targets": null}', false],
])('image-deps of a project with the %s %s is cached: %s', (file, text, isCached) => {
  const root = workspace('apps/shop/deploy.json', `apps/shop/${file}`);
  writeFileSync(join(root, 'apps/shop', file), text);
  const context = { workspaceRoot: root, nxJsonConfiguration: {} };
  const [result] = createNodes[1](['apps/shop/deploy.json'], undefined, context);
  expect(result?.[1].projects?.['apps/shop']?.targets['image-deps']?.cache).toBe(isCached);
});

test('a Dockerfile with RUN gets a target that builds the image, cached where the base is pinned', () => {
  const root = workspace('apps/shop/package.json', 'apps/shop/deploy.json');
  const image = (dockerfile: string) => {
    writeFileSync(join(root, 'apps/shop/Dockerfile'), dockerfile);
    const [result] = createNodes[1](['apps/shop/deploy.json'], undefined, {
      workspaceRoot: root,
      nxJsonConfiguration: {},
    } as { workspaceRoot: string });
    return result?.[1].projects?.['apps/shop']?.targets['image'];
  };
  expect(image('FROM node:24-slim\nCOPY dist ./\n')).toBeUndefined();
  expect(image('FROM node:24-slim\nRUN npm ci\n')).toMatchObject({ command: 'tozo image', cache: false });
  writeFileSync(join(root, 'apps/shop/Dockerfile.lock'), '');
  expect(image('FROM node:24-slim\nRUN npm ci\n')).toMatchObject({
    cache: true,
    dependsOn: ['build'],
    outputs: ['{projectRoot}/.tozo/image'],
  });
});

test.each([
  [`FROM node:24@sha256:${'0'.repeat(64)}\nRUN x`, { hasRun: true, namesDigests: true }],
  [
    `FROM --platform=linux/amd64 node@sha256:${'0'.repeat(64)} AS b\nFROM b\nFROM scratch`,
    { hasRun: false, namesDigests: true },
  ],
  [`FROM node@sha256:${'0'.repeat(64)} AS b\nFROM node:24\nrun x`, { hasRun: true, namesDigests: false }],
  ['from node\nONBUILD RUN x', { hasRun: true, namesDigests: false }],
  ['# RUN x\nFROM node\nCMD RUN x', { hasRun: false, namesDigests: false }],
])('outlines %j', (dockerfile, outline) => {
  expect(outlineDockerfile(dockerfile)).toEqual(outline);
});

test('deploys depend on what the image is built from outside the project', () => {
  const root = workspace('apps/shop/package.json', 'apps/shop/deploy.json', 'docker/shop.Dockerfile');
  const inputsOf = (deployJson: object): unknown => {
    writeFileSync(join(root, 'apps/shop/deploy.json'), JSON.stringify(deployJson));
    const [, create] = createNodes;
    const context = { workspaceRoot: root, nxJsonConfiguration: {} };
    const [result] = create(['apps/shop/deploy.json'], undefined, context);
    return result?.[1].projects?.['apps/shop']?.targets?.['deploy']?.inputs?.slice(2);
  };
  expect(inputsOf({ context: '../..', dockerfile: '../../docker/shop.Dockerfile' })).toEqual([
    '{workspaceRoot}/docker/shop.Dockerfile',
    '{workspaceRoot}/**/*',
  ]);
  expect(inputsOf({ context: '..' })).toEqual(['{workspaceRoot}/apps/**/*']);
  for (const inside of [{}, { context: '.', dockerfile: 'docker/Dockerfile' }, { context: '../../..' }, { context: 7 }])
    expect(inputsOf(inside), JSON.stringify(inside)).toEqual([]);
});

test('the plugin’s name matches nx.json', () => {
  expect(name).toBe('@tozo/nx/plugin');
});
