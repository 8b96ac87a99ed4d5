import { expect, test } from 'vitest';
import { describeDrift, readPlan } from './read-plan.ts';

const change = (address: string, actions: string[], more: object = {}) => ({
  address,
  mode: 'managed',
  change: { actions, before: null, after: null, ...more },
});

test('names what differs, and never the value of what is sensitive', () => {
  const plan = JSON.stringify({
    resource_drift: [change('heroku_app.shop', ['delete'])],
    resource_changes: [
      change('gitlab_project.shop', ['update'], {
        before: { visibility_level: 'public', name: 'shop', tags: ['a'] },
        after: { visibility_level: 'private', name: 'shop', tags: ['a'] },
        after_unknown: {},
      }),
      change('gitlab_project_variable.heroku_token', ['update'], {
        before: { value: 'HRKU-5ecret' },
        after: { value: 'HRKU-new-5ecret' },
        after_sensitive: { value: true },
      }),
      change('heroku_app.shop', ['create']),
      change('heroku_domain.www', ['create']),
      change('heroku_drain.logs', ['delete']),
      change('heroku_formation.web', ['no-op'], { importing: { id: 'shop:web' } }),
      change('heroku_app.same', ['no-op']),
      { ...change('data.x.y', ['read']), mode: 'data' },
    ],
  });
  const lines = describeDrift(readPlan(plan));
  expect(lines).toEqual([
    'gitlab_project.shop: visibility_level is "public", declared "private"',
    'gitlab_project_variable.heroku_token: value differs',
    'heroku_app.shop: was deleted by hand',
    "heroku_domain.www: isn't in the state",
    'heroku_drain.logs: exists, and is no longer declared',
    "heroku_formation.web: exists, and isn't in the state yet",
  ]);
  expect(readPlan('{}')).toEqual([]);
});
