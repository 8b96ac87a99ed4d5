/** Builds mistakes into what decides how a deploy ends, and lists those that no test notices. Half a minute. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { killMutants } from '../mutation/kill-mutants.ts';
import { workspaceRoot } from '../workspace.ts';

/**
 * Changes without an effect: two releases never have the same version, only some kinds of descriptions have the field, and
 * nothing is greater than `undefined`.
 */
const equivalent: readonly string[] = [
  'rival.version > release.version → rival.version >= release.version',
  'ours.version > rival.version → ours.version >= rival.version',
  'release.version > version → release.version >= version',
  "found.kind === 'change' && found.configVars → found.configVars",
  "found.kind === 'rollback' && found.version === version → found.version === version",
  'requestedAfter ?? Number.POSITIVE_INFINITY → requestedAfter',
];

const directory = join(workspaceRoot, 'packages/deploy/src/outcome');
const tests = readdirSync(directory).filter((name) => name.endsWith('.test.ts'));
process.chdir(directory);
const { mutants, survivors } = await killMutants(directory, tests, join(workspaceRoot, 'tools/out/ends.mjs'));
const unexpected = survivors.filter((survivor) => !equivalent.some((change) => survivor.endsWith(`: ${change}`)));
const killed = mutants - survivors.length;
for (const survivor of unexpected) console.log(`survives: ${survivor}`);
console.log(
  `${mutants} mutants, ${killed} killed, ${survivors.length - unexpected.length} without effect, ${unexpected.length} survive`,
);
process.exitCode = unexpected.length > 0 ? 1 : 0;
