import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createApiPrinter } from './print-api.ts';

const directory = mkdtempSync(join(tmpdir(), 'tozo-api-'));
afterAll(() => rmSync(directory, { recursive: true }));

test('lists exports by name without comments, and the types that they use', () => {
  const files = {
    'index.d.ts': `export { b, type Shape } from './parts.js';\n/** About a. */\nexport declare const a: number;\n`,
    'parts.d.ts': `interface Hidden { x: 1 }\ninterface Unused {}\nexport interface Shape { hidden: Hidden }\nexport declare function b(shape: Shape): void;\n`,
  };
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
  const file = join(directory, 'index.d.ts');
  const api = createApiPrinter([file])([{ specifier: 'shop', file }], directory);
  expect(api).toBe(`## shop

\`\`\`ts
export declare const a: number;
export declare function b(shape: Shape): void;
export interface Shape {
    hidden: Hidden;
}
// Not exported, but part of the above:
interface Hidden {
    x: 1;
}
\`\`\`
`);
});
