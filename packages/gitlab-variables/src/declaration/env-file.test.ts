import { expect, it } from 'vitest';
import { parseEnvFile } from './env-file.ts';

const parse = (text: string | Buffer, env = {}) => Object.fromEntries(parseEnvFile(Buffer.from(text), '.env', env));

/* What `docker run --env-file` makes of each line: https://docs.docker.com/reference/cli/docker/container/run/#env */
it.each([
  ['A=value', { A: 'value' }],
  ['A="quoted"', { A: '"quoted"' }],
  ["A='it''s'", { A: "'it''s'" }],
  ['A=value # no comment', { A: 'value # no comment' }],
  ['A= spaces \t', { A: ' spaces \t' }],
  ['  \tA=1', { A: '1' }],
  ['A=a=b=c', { A: 'a=b=c' }],
  ['A=$B ${C}', { A: '$B ${C}' }],
  ['A=', { A: '' }],
  ['# comment\n\n   # another\nA=1\r\nB=2', { A: '1', B: '2' }],
  ['A=1\nA=2', { A: '2' }],
  ['\ufeffA=1', { A: '1' }],
  ['SET\nUNSET', { SET: 'from the environment' }],
  ['exported.name-1=x', { 'exported.name-1': 'x' }],
])('reads %j as docker does', (text, expected) => {
  expect(parse(text, { SET: 'from the environment' })).toEqual(expected);
});

it.each([
  ['A=1\n=value', '.env, line 2: expected NAME=value'],
  ['export A=s3cret', '.env, line 1: expected NAME=value, without spaces in the name.'],
  ['A =s3cret', '.env, line 1'],
  ['A=1\ntwo words', '.env, line 2'],
  [Buffer.from([0x41, 0x3d, 0xff]), ".env isn't UTF-8 text"],
])('rejects %j', (text, message) => {
  expect(() => parse(text)).toThrow(message);
  expect(() => parse(text)).not.toThrow('s3cret');
});
