import { Agent } from 'undici';
import { expect, test } from 'vitest';
import { openAgent } from './undici.ts';

test('undici’s agent is the one that its index gives', async () => {
  const agent = openAgent({});
  expect(agent).toBeInstanceOf(Agent);
  await agent.close();
});
