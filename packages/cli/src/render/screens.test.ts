import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import type { DeployEvent } from '@tozo/deploy';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { clearLine } from '../output/control.ts';
import { createOutput } from '../output/output.ts';
import { createRedaction } from '../output/redaction.ts';
import { createRenderer } from './renderer.ts';

interface Screen {
  readonly title: string;
  readonly text: string;
  readonly command: string;
  /** A file of `../testing/recorded`: what a deploy to the sandbox printed as NDJSON, with the addresses of an app on Heroku. */
  readonly recording: string;
  readonly columns?: number;
}

const deploy = 'tozo deploy --environment production';

const promote = 'tozo promote staging production';

const screens: readonly Screen[] = [
  {
    title: 'Nothing to change',
    text: 'This version is running already. Nothing was sent, released or restarted. Exit code 0.',
    command: deploy,
    recording: 'no-change',
  },
  {
    title: 'A plan',
    text: 'What a deploy would do. Nothing was changed. Exit code 0.',
    command: 'tozo plan --environment production',
    recording: 'plan',
  },
  {
    title: 'A new version',
    text: 'Only the changed layer is sent. The app itself reported the new version, so it is proven. Exit code 0.',
    command: deploy,
    recording: 'success',
  },
  {
    title: 'An unhealthy version, rolled back',
    text: 'The last line names the release that runs now, and the one that does not. Exit code 3.',
    command: deploy,
    recording: 'rolled-back',
  },
  {
    title: 'A release phase that failed',
    text: 'Heroku never ran the new version. The one before still runs. Exit code 1.',
    command: deploy,
    recording: 'release-failed',
  },
  {
    title: "Someone else's release in between",
    text: "Nothing of theirs is undone. The last line says who released what, and where this deploy's release is. Exit code 5.",
    command: deploy,
    recording: 'superseded',
  },
  {
    title: 'A promotion',
    text: 'Production gets the images that staging runs, by the same image IDs. The layers stay in the registry. Exit code 0.',
    command: promote,
    recording: 'promotion',
  },
  {
    title: 'The plan of a promotion',
    text: 'Nothing was changed. Exit code 0.',
    command: `${promote} --dry-run`,
    recording: 'promotion-plan',
  },
  {
    title: 'A deploy that deploy.json does not allow',
    text: 'Production accepts only what staging runs, and these images are others. Exit code 1.',
    command: deploy,
    recording: 'promotion-refused',
  },
  {
    title: 'In a narrow terminal',
    text: 'The new version again, in 40 columns.',
    command: deploy,
    recording: 'success',
    columns: 40,
  },
];

const schema = z.fromJSONSchema(
  JSON.parse(readFileSync(new URL('../../deploy-events.schema.json', import.meta.url), 'utf8')) as Parameters<
    typeof z.fromJSONSchema
  >[0],
);

function eventsOf({ recording }: Screen): DeployEvent[] {
  const file = new URL(`../testing/recorded/${recording}.ndjson`, import.meta.url);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => schema.parse(JSON.parse(line)) as DeployEvent);
}

/** Returns what a terminal shows at the end. */
function show(screen: Screen): string {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: screen.columns ?? 100 });
  const env = { NO_COLOR: '1' };
  const redaction = createRedaction(env);
  const output = createOutput(stream, redaction, env);
  const showsPlan = screen.recording.endsWith('plan');
  const render = createRenderer('terminal', output, { env, redaction, showsPlan });
  for (const event of eventsOf(screen)) render(event);
  const lines = (stream.read() as Buffer).toString().trimEnd().split('\n');
  return lines.map((line) => line.split(clearLine.bytes).at(-1)).join('\n');
}

/* After a change of the output: `npx vitest run src/render/screens.test.ts -u`. */
test('docs/reference/screens.md shows what deploys print', async () => {
  const sections = screens.map(
    (screen) => `## ${screen.title}\n\n${screen.text}\n\n\`\`\`\n$ ${screen.command}\n${show(screen)}\n\`\`\`\n`,
  );
  const text = [
    '# What a deploy prints\n',
    'Generated from recorded deploys by `packages/cli/src/render/screens.test.ts`. A terminal shows the same in color, and while a step runs a line with its progress.\n',
    ...sections,
  ].join('\n');
  await expect(text).toMatchFileSnapshot('../../../../docs/reference/screens.md');
});
