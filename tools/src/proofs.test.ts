import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findProofs } from './proofs.ts';

function workspace(): string {
  const root = mkdtempSync(join(tmpdir(), 'tozo-tools-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  return root;
}

test('accepts a workspace without proofs', () => {
  expect(findProofs(workspace())).toEqual([]);
});

test('finds the proofs in both directories with the first line of their comment, but no tests', () => {
  const root = workspace();
  for (const directory of ['tools/src/proofs', 'e2e/proofs']) mkdirSync(join(root, directory), { recursive: true });
  writeFileSync(join(root, 'tools/src/proofs/node-versions.ts'), '/** One image ID on every Node. */\nlet x;\n');
  writeFileSync(join(root, 'tools/src/proofs/node-versions.test.ts'), '');
  writeFileSync(
    join(root, 'e2e/proofs/fifty-kills.ts'),
    "import 'a';\n\n/**\n * Killed fifty times,\n * nothing lost.\n */\n",
  );
  writeFileSync(join(root, 'e2e/proofs/a-bare-one.ts'), 'let y;\n');
  expect(findProofs(root)).toEqual([
    { name: 'a-bare-one', file: join(root, 'e2e/proofs/a-bare-one.ts'), summary: '' },
    { name: 'fifty-kills', file: join(root, 'e2e/proofs/fifty-kills.ts'), summary: 'Killed fifty times,' },
    {
      name: 'node-versions',
      file: join(root, 'tools/src/proofs/node-versions.ts'),
      summary: 'One image ID on every Node.',
    },
  ]);
});
