import type { Digest } from '../../image/digest.ts';
import { digestOfFramed, type Framed } from './frame.ts';
import type { RunInputs } from './run-inputs.ts';
import { frameCommand, frameMount } from './run-key.ts';
import type { RunMount } from '../run-step.ts';

/** A layer below a RUN, made by an instruction of the same Dockerfile. */
export interface LayerBelow {
  readonly line: number;
  /** The instruction as written. */
  readonly text: string;
  readonly diffId: Digest;
  /** The files of the build context in it: content digests by path in the image. */
  readonly files: ReadonlyMap<string, Digest>;
}

/** What a RUN depends on, by names that people understand, to say what has changed: short digests by name. */
export type RunParts = Readonly<Record<string, string>>;

/** Files of more than this many are told apart by their layer only: the image's config has to carry the names. */
const maxFiles = 48;

/**
 * Returns the parts of a RUN's inputs.
 * @param base the reference in FROM
 */
export function partsOf(inputs: RunInputs, base: string, layers: readonly LayerBelow[]): RunParts {
  const ofBase = inputs.below.slice(0, inputs.below.length - layers.length);
  const parts: [string, Framed][] = [[`the base ${base}`, ofBase]];
  let room = maxFiles;
  for (const { files } of layers) {
    if (files.size > room) continue;
    room -= files.size;
    parts.push(...files);
  }
  const { step, executor } = inputs;
  parts.push(
    ['the instruction', frameCommand(step.command)],
    ['SHELL', step.shell],
    ['USER', step.user],
    ['WORKDIR', step.workdir],
    ...step.env.map(splitVariable),
    ['--network', step.network],
    ...step.mounts.map((mount, index): [string, Framed] => [nameMount(mount), frameMount(index, inputs)]),
    ...layers.map(({ line, text, diffId }): [string, Framed] => [nameLayer(line, text), diffId]),
    ['the platform', step.platform],
    ['what executes it', executor],
  );
  return Object.fromEntries(parts.map(([name, value]) => [name, digestOfFramed(value).slice(7, 15)]));
}

/**
 * Returns why a RUN is executed again, as `package-lock.json changed`, or undefined if no part differs. Names the first cause
 * only where one follows from another: a file rather than the layer that has it.
 */
export function explainChange(previous: RunParts, current: RunParts): string | undefined {
  const changes = [
    ...Object.keys(current).flatMap((name) => {
      if (previous[name] === undefined) return [`${name} is new`];
      return previous[name] === current[name] ? [] : [`${name} changed`];
    }),
    ...Object.keys(previous).flatMap((name) => (current[name] === undefined ? [`${name} is gone`] : [])),
  ];
  const causes = changes.filter((change) => !isLayer(change));
  const [first, ...more] = causes.length > 0 ? causes : changes;
  if (first === undefined) return undefined;
  return more.length === 0 ? first : `${first}, and ${more.length} more`;
}

const maxText = 60;

function nameLayer(line: number, text: string): string {
  const short = text.replace(/\s+/g, ' ');
  return `line ${line}: ${short.length > maxText ? `${short.slice(0, maxText)}…` : short}`;
}

function isLayer(change: string): boolean {
  return /^line \d+: /.test(change);
}

function nameMount(mount: RunMount): string {
  return mount.type === 'secret' ? `the secret ${mount.id}` : `the ${mount.type} mount at ${mount.target}`;
}

function splitVariable(entry: string): [string, Framed] {
  const equals = entry.indexOf('=');
  return [`the variable ${entry.slice(0, equals)}`, entry.slice(equals + 1)];
}
