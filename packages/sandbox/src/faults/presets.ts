import type { Fault } from './fault.ts';

export interface FaultPreset {
  readonly description: string;
  readonly fault: Fault;
}

/** Common faults by name. */
export const faultPresets: Readonly<Record<string, FaultPreset>> = {
  'blob-reset': {
    description: 'the connection is reset after 1000 bytes of the second blob PUT',
    fault: {
      on: { service: 'registry', method: 'PUT', path: '/blobs/uploads/', nth: 2 },
      effect: { kind: 'reset-request', afterBytes: 1000 },
    },
  },
  'registry-503': {
    description: 'the registry responds with 503 to its next three requests',
    fault: {
      on: { service: 'registry', times: 3 },
      effect: { kind: 'answer', status: 503, headers: { 'retry-after': '1' }, body: '' },
    },
  },
  'registry-html': {
    description: 'a proxy responds with an HTML page in place of the registry',
    fault: {
      on: { service: 'registry' },
      effect: { kind: 'answer', status: 200, headers: { 'content-type': 'text/html' }, body: '<html>Sign in</html>\n' },
    },
  },
  'wrong-digest': {
    description: 'the registry reports a different digest for the next manifest pushed',
    fault: {
      on: { service: 'registry', method: 'PUT', path: '/manifests/' },
      effect: { kind: 'alter-answer', headers: { 'docker-content-digest': `sha256:${'0'.repeat(64)}` } },
    },
  },
  'rewritten-manifest': {
    description: 'the registry stores the next manifest with its JSON rewritten',
    fault: {
      on: { service: 'registry', method: 'PUT', path: '/manifests/' },
      effect: { kind: 'alter-request', rewriteJson: true },
    },
  },
  'expired-key': {
    description: 'the next request to the Heroku API fails because the key has expired',
    fault: { on: { service: 'heroku' }, effect: { kind: 'expired-token' } },
  },
  'heroku-429': {
    description: 'the next request to the Heroku API exceeds its rate limit',
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
    description: 'the next request to GitLab exceeds its rate limit',
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
    description: 'the Heroku API’s next response ends in the middle of its JSON',
    fault: { on: { service: 'heroku' }, effect: { kind: 'alter-answer', keepBytes: 20 } },
  },
  'lost-answer': {
    description: 'the next formation update happens, but its response is lost',
    fault: {
      on: { service: 'heroku', method: 'PATCH', path: '/formation' },
      effect: { kind: 'reset-answer', afterBytes: 0 },
    },
  },
  'other-deploy': {
    description: 'someone else releases the app just before the next formation update',
    fault: { on: { service: 'heroku', method: 'PATCH', path: '/formation' }, effect: { kind: 'other-release' } },
  },
  'failed-release': {
    description: 'the release of the next formation update stays pending for 10 reads, then fails',
    fault: {
      on: { service: 'heroku', method: 'PATCH', path: '/formation' },
      effect: { kind: 'hold-release', reads: 10, outcome: 'failed' },
    },
  },
};
