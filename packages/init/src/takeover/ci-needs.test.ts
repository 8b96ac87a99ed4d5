import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { planInit, type InitPlan } from '../plan-init.ts';
import { projects, snapshotOf } from '../testing/projects.ts';

/* A job that needs a deploy job waits for the one that takes its place: GitLab refuses a pipeline with an unknown job. */

const plan = (ci: string): InitPlan =>
  planInit(snapshotOf({ ...projects.node, Dockerfile: 'FROM node:24-slim\n', '.gitlab-ci.yml': ci }), {
    directory: '',
    version: '0.1.0',
    from: ['.gitlab-ci.yml'],
  });
const pipelineOf = ({ changes }: InitPlan): Record<string, unknown> =>
  parse(changes.find(({ path }) => path === '.gitlab-ci.yml')!.after) as Record<string, unknown>;
const deploy = (name: string, app: string, more = ''): string =>
  `${name}:\n  stage: release\n  script: heroku container:release web -a ${app}\n${more}`;

describe('what other jobs need', () => {
  it.each([
    ['needs: [deploy_prod, audit]', { needs: [{ job: 'deploy shop', optional: true }, 'audit'] }],
    [
      'needs:\n    # The version\n    - job: deploy_prod\n      artifacts: false',
      { needs: [{ job: 'deploy shop', artifacts: false, optional: true }] },
    ],
    ['dependencies: [deploy_prod]', { dependencies: ['deploy shop'] }],
  ])('is the new job: %s', (needs, expected) => {
    const ci = `stages:\n  - build\n  - release\n  - smoke\naudit:\n  stage: build\n  script: npm audit\n${deploy('deploy_prod', 'shop-live')}smoke:\n  stage: smoke\n  ${needs}\n  script: ./smoke.sh # always\n`;
    const found = plan(ci);
    expect(pipelineOf(found)).toMatchObject({
      stages: ['lint-test', 'build', 'release', 'deploy', 'smoke'],
      smoke: { stage: 'smoke', ...expected, script: './smoke.sh' },
    });
    expect(found.lines).toContainEqual(
      expect.objectContaining({ text: expect.stringMatching(/^smoke: /), became: 'deploy shop' }),
    );
  });

  it('is the job of the environment', () => {
    const jobs = `${deploy('staging', 'shop-staging')}${deploy('live', 'shop-live', '  when: manual\n')}`;
    const found = plan(
      `stages: [release, smoke]\n${jobs}smoke:\n  stage: smoke\n  needs: [staging, live]\n  script: ./smoke.sh\n`,
    );
    expect(pipelineOf(found)['smoke']).toMatchObject({
      needs: [
        { job: 'deploy shop to staging', optional: true },
        { job: 'promote shop to live', optional: true },
      ],
    });
  });
});
