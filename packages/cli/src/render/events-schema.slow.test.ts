import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { jsonSchemaOf } from '../testing/json-schema.ts';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));
const config = ts.readConfigFile(`${repository}tsconfig.base.json`, (file) => readFileSync(file, 'utf8'));
const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, repository);

/* The compiler reads all files that the events' types come from, which takes a while. After a change of the events: `npx vitest run --config ../../vitest.slow.config.ts src/render/events-schema.slow.test.ts -u`. */
test('deploy-events.schema.json describes the events', { timeout: 240_000 }, async () => {
  const file = `${repository}packages/deploy/src/report/events.ts`;
  const schema = jsonSchemaOf(file, 'DeployEvent', options);
  const text = `${JSON.stringify({ title: 'An event of tozo deploy --format ndjson', ...schema }, null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../deploy-events.schema.json');
});
