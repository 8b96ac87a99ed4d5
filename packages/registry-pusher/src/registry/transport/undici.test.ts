import { Agent } from 'undici';
import { expect, test } from 'vitest';
import { openAgent } from './undici.ts';

test("uses the same Agent class as undici's index", async () => {
  const agent = openAgent({});
  expect(agent).toBeInstanceOf(Agent);
  await agent.close();
});
