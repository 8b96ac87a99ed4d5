import { expect, test } from 'vitest';
import { jobVariableProblem, unsetVariableCause } from './job-variable.ts';

const key = 'HEROKU_API_KEY';
const job = {
  GITLAB_CI: 'true',
  CI_PIPELINE_SOURCE: 'push',
  CI_COMMIT_REF_NAME: 'main',
  CI_COMMIT_REF_PROTECTED: 'true',
};

test.each([
  [
    '$HEROKU_API_KEY',
    "HEROKU_API_KEY is an unexpanded reference to HEROKU_API_KEY, not a value: HEROKU_API_KEY isn't set in this job",
  ],
  ['${PROD_KEY}', "HEROKU_API_KEY is an unexpanded reference to PROD_KEY, not a value: PROD_KEY isn't set in this job"],
  ['/builds/acme/shop.tmp/HEROKU_API_KEY', 'the path of a file: its CI/CD variable has the type File'],
  ['HRKU-1', undefined],
  ['', undefined],
  ['/etc/passwd', undefined],
])('a key that is %j (fault 129, gitlab)', (value, problem) => {
  const found = jobVariableProblem(key, { ...job, [key]: value });
  if (problem === undefined) expect(found).toBeUndefined();
  else expect(found).toContain(problem);
});

test.each([
  ['a merge request', { CI_PIPELINE_SOURCE: 'merge_request_event' }, 'merge request pipeline, which gets no protected'],
  [
    'a merge request of a fork',
    { CI_PIPELINE_SOURCE: 'merge_request_event', CI_MERGE_REQUEST_SOURCE_PROJECT_ID: '8', CI_PROJECT_ID: '7' },
    'merge request pipeline of a fork, which gets no variables',
  ],
  [
    'an unprotected branch',
    { CI_COMMIT_REF_PROTECTED: 'false', CI_COMMIT_REF_NAME: 'fix', CI_ENVIRONMENT_NAME: 'production/shop' },
    '"fix" isn\'t a protected branch or tag',
  ],
  ['no environment', {}, 'This job has no environment, so it gets only variables for "*"'],
  [
    'another environment',
    { CI_ENVIRONMENT_NAME: 'staging/shop' },
    'The job\'s environment is "staging/shop": a variable for "staging" or for another environment doesn\'t reach it. Set HEROKU_API_KEY for "staging/*"',
  ],
  ['a bare environment', { CI_ENVIRONMENT_NAME: 'production' }, 'which "production/*" doesn\'t cover'],
])('a key that is not set, in a job of %s (fault 129, gitlab)', (_, env, cause) => {
  expect(unsetVariableCause(key, { ...job, ...env })).toContain(cause);
});
