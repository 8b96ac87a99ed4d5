import type { Fault, FaultTrigger } from './fault.ts';

export interface FaultPreset {
  readonly description: string;
  readonly fault: Fault;
}

/** Release phases' output and the log. */
const logPath = '^/(streams|sessions)/';

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
  'other-deploy-after': {
    description: 'someone else releases the app just after the next formation update',
    fault: {
      on: { service: 'heroku', method: 'PATCH', path: '/formation' },
      effect: { kind: 'other-release', when: 'after' },
    },
  },
  'other-deploy-failed': {
    description: 'someone else’s release just after the next formation update has failed',
    fault: {
      on: { service: 'heroku', method: 'PATCH', path: '/formation' },
      effect: { kind: 'other-release', when: 'after', status: 'failed' },
    },
  },
  'pending-release': {
    description: 'the release of the next formation update stays pending until the fault is cleared',
    fault: {
      on: { service: 'heroku', method: 'PATCH', path: '/formation' },
      effect: { kind: 'hold-release', outcome: 'succeeded' },
    },
  },
  'rollback-gone': {
    description: 'the next rollback is refused because its release no longer exists',
    fault: refuse({ method: 'POST', path: '/releases$' }, 404, 'not_found', "Couldn't find that release."),
  },
  'rollback-refused': {
    description: 'the next rollback is refused because its release isn’t eligible',
    fault: refuse({ method: 'POST', path: '/releases$' }, 422, 'invalid_params', 'Cannot roll back to that release.'),
  },
  'retired-releases': {
    description: 'only the newest release is eligible for a rollback, from the next formation update on',
    fault: {
      on: { service: 'heroku', method: 'PATCH', path: '/formation' },
      effect: { kind: 'retire-releases', keep: 1 },
    },
  },
  suspended: {
    description: 'the account or its apps are suspended',
    fault: refuse({ times: 'every' }, 403, 'suspended', 'Your account has been suspended.'),
  },
  delinquent: {
    description: 'the account has unpaid invoices',
    fault: refuse({ times: 'every' }, 402, 'delinquent', 'Your account is past due: update the payment method.'),
  },
  'two-factor': {
    description: 'every request to the Heroku API requires a second factor',
    fault: refuse({ times: 'every' }, 403, 'two_factor', 'Two-factor authentication is required.'),
  },
  'no-web-url': {
    description: 'the app has no web_url',
    fault: changeField('^/apps/[^/]+$', { web_url: null }),
  },
  'odd-web-url': {
    description: 'the app’s web_url isn’t an http(s) URL',
    fault: changeField('^/apps/[^/]+$', { web_url: 'ftp://shop.example.com/' }),
  },
  'unknown-states': {
    description: 'dynos have a state that isn’t documented',
    fault: changeField('/dynos$', { state: 'rebalancing' }),
  },
  'odd-warning': {
    description: 'the next formation update has warnings with C1 control characters and bidi overrides',
    fault: {
      on: { service: 'heroku', method: 'PATCH', path: '/formation' },
      effect: {
        kind: 'alter-answer',
        headers: {
          'x-heroku-warning': 'Deprecated\u009b2K\u202egpj.exe\u202c',
          'warning-message': 'The app\u0085will\u2066move\u2069',
        },
      },
    },
  },
  'log-binary': {
    description: 'the next log or release output has binary bytes, escapes, carriage returns and bidi overrides',
    fault: {
      on: { service: 'heroku', path: logPath },
      effect: {
        kind: 'answer',
        status: 200,
        // In words: \xff\xfe\0 ESC[31mred ESC[0m ESC]0;title BEL CR overwritten BS BS C1 U+202E reversed U+202C
        bodyBase64: Buffer.from([
          ...[0xff, 0xfe, 0],
          ...Buffer.from(
            '\u001b[31mred\u001b[0m\u001b]0;title\u0007\roverwritten\b\b\u009b2J\u202ereversed\u202c\nlast line\n',
          ),
        ]).toString('base64'),
      },
    },
  },
  'log-long-line': {
    description: 'the next log or release output is one line of 30 MB',
    fault: {
      on: { service: 'heroku', path: logPath },
      effect: { kind: 'answer', status: 200, body: 'x'.repeat(1000), repeat: 30_000 },
    },
  },
  'log-endless': {
    description: 'the next log or release output never ends',
    fault: {
      on: { service: 'heroku', path: logPath },
      effect: { kind: 'answer', status: 200, body: 'the same line again and again\n', repeat: 'forever' },
    },
  },
};

function refuse(on: Omit<FaultTrigger, 'service'>, status: number, id: string, message: string): Fault {
  const headers = { 'content-type': 'application/json' };
  return {
    on: { service: 'heroku', ...on },
    effect: { kind: 'answer', status, headers, body: `${JSON.stringify({ id, message })}\n` },
  };
}

function changeField(path: string, mergeJson: Readonly<Record<string, unknown>>): Fault {
  return {
    on: { service: 'heroku', method: 'GET', path, times: 'every' },
    effect: { kind: 'alter-answer', mergeJson },
  };
}
