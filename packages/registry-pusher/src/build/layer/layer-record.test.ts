import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf } from '../../image/digest.ts';
import { formatFacts, formatRecord, parseFacts, parseRecord } from './layer-record.ts';

const strings = fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true });
const facts = fc.record({ paths: strings, owners: strings });
const record = fc.record({
  sourceDigest: fc.string().map((text) => digestOf(text)),
  facts,
  files: fc.nat(),
  size: fc.nat(),
});

test('reads back what it wrote', () => {
  fc.assert(
    fc.property(record, (each) => {
      expect(parseRecord({ comment: formatRecord(each) })).toEqual(each);
      expect(parseFacts({ comment: formatRecord(each) })).toEqual(each);
      expect(parseFacts({ comment: formatFacts(each) })).toEqual({ facts: each.facts, from: {} });
      expect(parseRecord({ comment: formatFacts(each) })).toBeUndefined();
    }),
  );
});

test('takes a malformed record for none', () => {
  const written = formatRecord({ sourceDigest: digestOf('x'), facts: { paths: {}, owners: {} }, files: 1, size: 1 });
  const prefix = fc.constantFrom('tozo.layer.v1 ', 'tozo.facts.v1 ');
  const damaged = fc.oneof(
    fc.string(),
    fc.tuple(prefix, fc.json()).map(([start, json]) => start + json),
    fc.nat(written.length).map((length) => written.slice(0, length)),
    fc.tuple(fc.nat(written.length), fc.string({ minLength: 1, maxLength: 1 })).map(([at, text]) => {
      return written.slice(0, at) + text + written.slice(at + 1);
    }),
  );
  fc.assert(
    fc.property(damaged, (comment) => {
      for (const parsed of [parseRecord({ comment }), parseFacts({ comment })])
        if (parsed !== undefined)
          expect(Object.values(parsed.facts.paths).every((each) => typeof each === 'string')).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

const digest = digestOf('x');
test.each([
  'null',
  '[]',
  '{}',
  `{"source":"${digest}","files":-1,"size":1,"base":{"paths":{},"owners":{}}}`,
  `{"source":"${digest}","files":1.5,"size":1,"base":{"paths":{},"owners":{}}}`,
  `{"source":"${digest}","files":1,"size":1e99,"base":{"paths":{},"owners":{}}}`,
  `{"source":"sha256:short","files":1,"size":1,"base":{"paths":{},"owners":{}}}`,
  `{"source":"${digest}","files":1,"size":1,"base":{"paths":{"/a":1},"owners":{}}}`,
  `{"source":"${digest}","files":1,"size":1,"base":{"paths":{}}}`,
  `{"source":"${digest}","files":1,"size":1,"base":{"paths":{},"owners":{}},"from":null}`,
  `{"source":"${digest}","files":1,"size":1,"base":{"paths":{},"owners":{}},"from":{"x":{}}}`,
])('rejects the record %s', (json) => {
  expect(parseRecord({ comment: `tozo.layer.v1 ${json}` })).toBeUndefined();
});
