import type { Fault } from './fault.ts';

export interface FaultPreset {
  readonly description: string;
  readonly fault: Fault;
}

/** Faults that people ask for, by name. */
export const faultPresets: Readonly<Record<string, FaultPreset>> = {
  'blob-reset': {
    description: 'the second PUT of a blob is reset after 1000 bytes',
    fault: {
      on: { service: 'registry', method: 'PUT', path: '/blobs/uploads/', nth: 2 },
      effect: { kind: 'reset-request', afterBytes: 1000 },
    },
  },
  'registry-503': {
    description: 'the registry is busy for its next three requests',
    fault: {
      on: { service: 'registry', times: 3 },
      effect: { kind: 'answer', status: 503, headers: { 'retry-after': '1' }, body: '' },
    },
  },
  'registry-html': {
    description: 'a proxy answers for the registry with a page',
    fault: {
      on: { service: 'registry' },
      effect: { kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>\n' },
    },
  },
  'wrong-digest': {
    description: 'the registry names another digest than that of the manifest it was given',
    fault: {
      on: { service: 'registry', method: 'PUT', path: '/manifests/' },
      effect: { kind: 'alter-answer', headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } },
    },
  },
  'rewritten-manifest': {
    description: 'the registry stores the next manifest re-serialised',
    fault: {
      on: { service: 'registry', method: 'PUT', path: '/manifests/' },
      effect: { kind: 'alter-request', rewriteJson: true },
    },
  },
  'expired-key': {
    description: 'the key has expired at the next request to the Heroku API',
    fault: { on: { service: 'heroku' }, effect: { kind: 'expired-token' } },
  },
  'heroku-429': {
    description: 'the Heroku API’s rate limit is reached for one request',
    fault: {
      on: { service: 'heroku' },
      effect: {
        kind: 'answer',
        status: 429,
        headers: { 'content-type': 'application/json', 'ratelimit-remaining': '0' },
        body: '{"id":"rate_limit","message":"Your account reached the API rate limit. Please wait a few minutes before making new requests."}\n',
      },
    },
  },
  'gitlab-429': {
    description: 'GitLab’s rate limit is reached for one request',
    fault: {
      on: { service: 'gitlab' },
      effect: {
        kind: 'answer',
        status: 429,
        headers: { 'content-type': 'text/plain', 'retry-after': '1' },
        body: 'Retry later\n',
      },
    },
  },
  'half-json': {
    description: 'the Heroku API’s next answer ends in the middle of its JSON',
    fault: { on: { service: 'heroku' }, effect: { kind: 'alter-answer', keepBytes: 20 } },
  },
  'lost-answer': {
    description: 'the next change of the formation is made, and its answer is lost',
    fault: {
      on: { service: 'heroku', method: 'PATCH', path: '/formation' },
      effect: { kind: 'reset-answer', afterBytes: 0 },
    },
  },
  'other-deploy': {
    description: 'somebody else releases the app just before the next change of its formation',
    fault: { on: { service: 'heroku', method: 'PATCH', path: '/formation' }, effect: { kind: 'other-release' } },
  },
  'failed-release': {
    description: 'the next release stays pending for 10 polls, then fails',
    fault: {
      on: { service: 'heroku', method: 'PATCH', path: '/formation' },
      effect: { kind: 'hold-release', reads: 10, outcome: 'failed' },
    },
  },
};
