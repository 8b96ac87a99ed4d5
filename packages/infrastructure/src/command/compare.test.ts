import { describe, expect, test } from 'vitest';
import { emptyFile } from '../testing/empty-file.ts';
import { compareDeploy, compareLive, compareState, type DeployDeclaration } from './compare.ts';
import type { Known, LiveResource } from './live-resources.ts';
import type { TerraformFile } from './terraform-file.ts';

const app = { name: 'shop-live', stack: 'container', region: 'us' };
const key = { key: 'HEROKU_API_KEY', value: '${var.heroku_api_key}', masked: true, environment_scope: 'production/*' };
const file: TerraformFile = {
  ...emptyFile,
  path: 'out/infrastructure/cdk.tf.json',
  resources: [
    { address: 'heroku_app.shop', type: 'heroku_app', attributes: app },
    { address: 'gitlab_project_variable.heroku_token', type: 'gitlab_project_variable', attributes: key },
    {
      address: 'gitlab_project_variable.heroku_app',
      type: 'gitlab_project_variable',
      attributes: { key: 'HEROKU_APP', value: '${heroku_app.shop.name}' },
    },
  ],
  requiredVariables: ['heroku_api_key'],
  usesHttpBackend: false,
};
const stored = file.resources.map(({ address, type }, at) => ({
  address,
  type,
  id: `${at}`,
  attributes: [app, { value: 'HRKU-5ecret', masked: true }, { value: 'shop-live' }][at]!,
  isTainted: false,
}));
const known: Known = { file, stored, env: { TF_VAR_heroku_api_key: 'HRKU-5ecret' } };

const liveOf = (at: number, live: LiveResource['live']): LiveResource => ({
  declared: file.resources[at]!,
  side: at === 0 ? 'Heroku' : 'GitLab',
  live,
});
const asDeclared = [
  liveOf(0, app),
  liveOf(1, { value: 'HRKU-5ecret', masked: true }),
  liveOf(2, { value: 'shop-live' }),
];

describe('what exists', () => {
  test('agrees when it is as declared', () => {
    expect(compareLive(asDeclared, known)).toEqual([]);
  });

  test('is off at Heroku or GitLab after a change by hand, and no value of a variable is shown', () => {
    const live = [liveOf(0, { ...app, stack: 'heroku-24' }), liveOf(1, { value: 'HRKU-0ther', masked: false })];
    expect(compareLive(live, known)).toEqual([
      {
        side: 'Heroku',
        text: 'heroku_app.shop: stack is "heroku-24", declared "container": changed at Heroku after the last apply',
      },
      {
        side: 'GitLab',
        text: 'gitlab_project_variable.heroku_token: value differs: changed at GitLab after the last apply',
      },
      {
        side: 'GitLab',
        text: 'gitlab_project_variable.heroku_token: masked is false, declared true: changed at GitLab after the last apply',
      },
    ]);
  });

  test('may differ in case only where Heroku writes sizes otherwise than Terraform', () => {
    const size = { address: 'heroku_formation.web', type: 'heroku_formation', attributes: { size: 'standard-1x' } };
    const found = [
      { declared: size, side: 'Heroku', live: { size: 'Standard-1X' } } as const,
      liveOf(2, { value: 'Shop-Live' }),
    ];
    const web = { ...size, id: 'web', isTainted: false };
    expect(compareLive(found, { ...known, stored: [...stored, web] }).map(({ text }) => text)).toEqual([
      'gitlab_project_variable.heroku_app: value differs: changed at GitLab after the last apply',
    ]);
  });

  test('is not what is off when the file was changed after the last apply', () => {
    const resources = [{ address: 'heroku_app.shop', type: 'heroku_app', attributes: { ...app, region: 'eu' } }];
    const changed = { ...known, file: { ...file, resources } };
    expect(compareLive([{ ...liveOf(0, app), declared: resources[0]! }], changed)).toEqual([
      {
        side: 'cdk.tf.json',
        text: 'heroku_app.shop: region is "us", declared "eu": the file\'s change wasn\'t applied',
      },
    ]);
  });

  test('was deleted if the state has it, and was never applied otherwise', () => {
    expect(compareLive([liveOf(0, undefined)], known)).toEqual([
      { side: 'Heroku', text: 'heroku_app.shop was deleted at Heroku' },
    ]);
    expect(compareLive([liveOf(0, undefined)], { ...known, stored: [] })).toEqual([
      { side: 'state', text: "heroku_app.shop doesn't exist yet: it wasn't applied" },
    ]);
    expect(compareLive([liveOf(0, undefined)], { ...known, stored: [], isStateUnknown: true })).toEqual([
      { side: 'Heroku', text: "heroku_app.shop doesn't exist at Heroku" },
    ]);
  });

  test('exists without being in the state, which is then lost, was never applied, or has an import to come', () => {
    expect(compareLive(asDeclared, { ...known, stored: [] })).toEqual([
      {
        side: 'state',
        text: `has nothing of cdk.tf.json, and ${asDeclared.length} of what it declares exist: it was never applied, or the state is lost`,
        remedy: 'import',
      },
    ]);
    expect(compareLive(asDeclared, { ...known, stored: stored.slice(1) })).toEqual([
      { side: 'state', text: "doesn't have heroku_app.shop, and it exists", remedy: 'import' },
    ]);
    const imports = { 'heroku_app.shop': 'shop-live' };
    expect(compareLive(asDeclared, { ...known, file: { ...file, imports }, stored: stored.slice(1) })).toEqual([
      { side: 'state', text: "doesn't have heroku_app.shop yet: an apply takes it over" },
    ]);
    const moved = { 'heroku_app.shop': 'heroku_app.old' };
    const earlier = [{ ...stored[0]!, address: 'heroku_app.old' }, ...stored.slice(1)];
    expect(compareLive(asDeclared, { ...known, file: { ...file, moved }, stored: earlier })).toEqual([]);
  });

  test('is not judged where the file ignores changes, or only Terraform knows the value', () => {
    const [first] = asDeclared;
    const lifecycle = { ignore_changes: ['stack'] };
    const declared = { ...first!.declared, attributes: { ...app, lifecycle } };
    expect(compareLive([{ ...first!, declared, live: { ...app, stack: 'heroku-24' } }], known)).toEqual([]);
    expect(compareLive([liveOf(1, { value: 'HRKU-0ther', masked: true })], { ...known, env: {} })).toEqual([]);
  });
});

test('the state is off where a resource is tainted, and the file where it dropped one', () => {
  const tainted = {
    ...known,
    stored: [
      { ...stored[0]!, isTainted: true },
      { ...stored[1]!, address: 'heroku_app.old' },
    ],
  };
  expect(compareState(tainted)).toEqual([
    { side: 'state', text: expect.stringContaining('keep it: terraform untaint heroku_app.shop') },
    { side: 'cdk.tf.json', text: 'no longer declares heroku_app.old: an apply would delete it' },
  ]);
});

describe('deploy.json', () => {
  const deploy: DeployDeclaration = {
    app: 'shop-live',
    configVars: [],
    ciVariables: { owner: 'terraform', keys: ['HEROKU_API_KEY', 'HEROKU_APP'] },
  };
  test('agrees when it names the same app and requires what the file declares', () => {
    expect(compareDeploy(deploy, known)).toEqual([]);
  });

  test('is off with another app, a config var of two owners, or a CI/CD variable of two owners', () => {
    const resources = [
      { ...file.resources[0]!, attributes: { ...app, config_vars: { LOG: 'info' } } },
      ...file.resources.slice(1),
    ];
    const found = compareDeploy(
      { app: 'other', configVars: ['LOG'], ciVariables: { owner: 'tozo', keys: ['HEROKU_APP'] } },
      { ...known, file: { ...file, resources } },
    );
    expect(found.map(({ side }) => side)).toEqual(['deploy.json', 'deploy.json', 'deploy.json']);
    expect(found.map(({ text }) => text).join('\n')).toMatch(
      /deploys to other[^]*config var LOG[^]*owns the CI\/CD variable HEROKU_APP/,
    );
  });

  test('is right when the file lacks a required CI/CD variable', () => {
    const ciVariables = { owner: 'terraform', keys: ['SENTRY_TOKEN'] } as const;
    expect(compareDeploy({ ...deploy, ciVariables }, known)).toEqual([
      { side: 'cdk.tf.json', text: "doesn't declare the CI/CD variable SENTRY_TOKEN, which deploy.json requires" },
    ]);
  });
});
