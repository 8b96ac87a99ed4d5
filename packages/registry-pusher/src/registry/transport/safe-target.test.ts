import { expect, test } from 'vitest';
import { assertSafeTarget } from './safe-target.ts';

const check =
  (registry: string, to: string, registryIsPrivate = false) =>
  () =>
    assertSafeTarget(new URL(registry), new URL(to), {
      registryIsPrivate: () => registryIsPrivate,
      redact: (text) => text,
    });

test.for([
  'https://169.254.169.254/latest/meta-data/',
  'https://127.0.0.1/v2/',
  'https://2130706433/',
  'https://0x7f.1/',
  'https://localhost/',
  'https://registry.localhost/',
  'https://10.1.2.3/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://0.0.0.0/',
  'https://[::1]/',
  'https://[::]/',
  'https://[fd00::1]/',
  'https://[fe80::1]/',
  'https://[::ffff:10.0.0.1]/',
  'https://[64:ff9b::a00:1]/',
])("a public registry can't refer us to %s (faults 13, 17, registry-pusher)", (to) => {
  expect(check('https://registry.example', to)).toThrow(expect.objectContaining({ code: 'REFERRAL_REFUSED' }));
});

test.for([
  ['https://registry.example', 'http://registry.example/v2/'],
  ['https://registry.example', 'http://cdn.example/'],
  ['https://127.0.0.1:5000', 'http://127.0.0.1:5000/'],
  ['http://127.0.0.1:5000', 'http://cdn.example/'],
  ['https://registry.example', 'file:///etc/passwd'],
  ['https://registry.example', 'ftp://registry.example/'],
  ['https://registry.example', 'https://user:secret@registry.example/'],
  ['https://169.254.10.1:5000', 'https://169.254.10.1/token'],
] as const)("%s can't refer us to %s (faults 16, 17, registry-pusher)", ([registry, to]) => {
  const rejected = check(registry, to, registry.includes('127'));

  expect(rejected).toThrow(expect.objectContaining({ code: 'REFERRAL_REFUSED' }));
  expect(rejected).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') }));
});

test("a registry in a private network can't refer us to a cloud's credentials (fault 13, registry-pusher)", () => {
  expect(check('https://10.0.0.5', 'https://169.254.169.254/', true)).toThrow(/link-local/);
});

test.for([
  ['https://registry.example', 'https://registry.example/v2/', false],
  ['https://registry.example', 'https://cdn.example/blob?signature=x', false],
  ['https://registry.example', 'https://93.184.215.14/', false],
  ['https://10.0.0.5', 'https://10.0.0.6/token', true],
  ['https://169.254.10.1:5000', 'https://169.254.10.1:5000/token', true],
  ['http://127.0.0.1:5000', 'http://127.0.0.1:5001/token', true],
  ['http://127.0.0.1:5000', 'https://cdn.example/', true],
] as const)('%s may refer us to %s (faults 12, 17, registry-pusher)', ([registry, to, isPrivate]) => {
  expect(check(registry, to, isPrivate)).not.toThrow();
});
