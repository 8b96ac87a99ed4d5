import { expect, test } from 'vitest';
import { warnAboutLayerCount } from './layer-count.ts';

test.each([
  [31, ['The image has 31 layers. Above about 33, dynos of Heroku crash without a message']],
  [30, []],
])('%i layers lead to %j (fault 151, registry-pusher)', (count, warnings) => {
  expect(warnAboutLayerCount(Array.from({ length: count }))).toEqual(
    warnings.map((warning) => expect.stringContaining(warning) as string),
  );
});
