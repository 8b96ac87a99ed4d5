import { digestOf } from '@tozo/registry-pusher';
import { z } from 'zod';
import { DeployError } from '../errors.ts';
import { canonicalJson } from './canonical-json.ts';
import type { DeployPlan } from './plan.ts';

/** A plan that was written to a file, and how to make the same one again. Contains no value of a config var. */
export interface SavedPlan {
  /** What wrote it, such as `tozo 0.1.0`. */
  readonly tool: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly target: 'heroku' | 'sandbox';
  readonly environment?: string | undefined;
  readonly commit?: string | undefined;
  readonly builder: 'auto' | 'direct' | 'docker';
  /** The value of `--again`. */
  readonly again?: string | undefined;
  readonly plan: DeployPlan;
}

const format = 'tozo-plan';
const formatVersion = 1;

const header = z.looseObject({ format: z.literal(format), version: z.int(), tool: z.string() });

/** The plan itself isn't checked further: it's compared with a new one, and the new one is carried out. */
const content = z.object({
  tool: z.string(),
  createdAt: z.string(),
  target: z.enum(['heroku', 'sandbox']),
  environment: z.string().optional(),
  commit: z.string().optional(),
  builder: z.enum(['auto', 'direct', 'docker']),
  again: z.string().optional(),
  plan: z.looseObject({ app: z.string() }),
});

/** Returns the text of a plan file: JSON with a digest of its content. */
export function formatPlanFile(saved: SavedPlan): string {
  const file = { format, version: formatVersion, ...saved };
  return `${JSON.stringify({ ...file, integrity: digestOf(canonicalJson(file)) }, null, 2)}\n`;
}

/**
 * Parses the text of a plan file.
 * @param name the file's name in messages
 * @throws DeployError PLAN_INVALID for anything but an unchanged file of this version of the format
 */
export function parsePlanFile(text: string, name: string): SavedPlan {
  const json = parseJson(text);
  const found = header.safeParse(json).data;
  if (!found) throw invalidError(`${name} isn't a plan that tozo wrote`);
  const { integrity, ...file } = found;
  if (found.version !== formatVersion) {
    throw invalidError(
      `${name} has version ${found.version} of the format of plans (written by ${found.tool}), and this tozo reads version ${formatVersion}`,
    );
  }
  if (integrity !== digestOf(canonicalJson(file))) {
    throw invalidError(`${name} was changed after ${found.tool} wrote it`);
  }
  const saved = content.safeParse(file).data;
  if (!saved) throw invalidError(`${name} isn't a complete plan`);
  return saved as unknown as SavedPlan;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalidError(what: string): DeployError {
  return new DeployError('PLAN_INVALID', `${what}. Make a new plan: tozo plan --out FILE.`);
}
