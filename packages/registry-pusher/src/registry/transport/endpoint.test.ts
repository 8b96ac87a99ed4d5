import { expect, test } from 'vitest';
import { registryUrl } from './endpoint.ts';
import { redactUrl } from './redact-url.ts';

test.for([
  ['http://registry.example', 'plain http'],
  ['http://10.0.0.1:5000', 'plain http'],
  ['http://notlocalhost', 'plain http'],
  ['http://localhost.example', 'plain http'],
  ['ftp://127.0.0.1', 'neither https nor http'],
  ['registry.example', "isn't a URL"],
  ['https://user:hunter2@registry.example', 'credentials'],
  ['https://registry.example?x=1', 'query'],
] as const)('rejects the registry address %s (fault 91, registry-pusher)', ([url, why]) => {
  const resolve = () => registryUrl('registry.example', url);

  expect(resolve).toThrow(expect.objectContaining({ code: 'HOST_REFUSED', message: expect.stringContaining(why) }));
  expect(resolve).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }));
});

test.for([
  ['registry.heroku.com', undefined, 'https://registry.heroku.com/'],
  ['docker.io', undefined, 'https://registry-1.docker.io/'],
  ['127.0.0.1:5000', undefined, 'http://127.0.0.1:5000/'],
  ['localhost:5000', undefined, 'http://localhost:5000/'],
  ['[::1]:5000', undefined, 'http://[::1]:5000/'],
  ['docker.io', 'http://127.0.0.1:5000', 'http://127.0.0.1:5000/'],
  ['registry.example', 'https://mirror.example/hub/', 'https://mirror.example/hub/'],
] as const)('the URL of %s, configured as %s, is %s', ([name, configured, url]) => {
  expect(registryUrl(name, configured).href).toBe(url);
});

test('redacts what may sign or authorize in a URL (fault 90, registry-pusher)', () => {
  const url = new URL('https://user:key@cdn.example/a?X-Amz-Signature=s3cr3t&digest=sha256:ab&_state=t0k3n');

  expect(redactUrl(url)).toBe('https://cdn.example/a?X-Amz-Signature=REDACTED&digest=sha256:ab&_state=REDACTED');
});
