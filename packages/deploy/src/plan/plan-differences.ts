import { canonicalJson } from './canonical-json.ts';
import type { DeployPlan } from './plan.ts';

/**
 * Returns what differs between a saved plan and the one that would be carried out now, each as a phrase. How much of an image
 * the registry has already is left out: it changes what is sent, and nothing else.
 * @param saved may come from a file that was made to harm: any JSON is compared, and nothing of it is carried out
 */
export function planDifferences(saved: DeployPlan, now: DeployPlan): string[] {
  const differences = compare(comparable(saved), comparable(now), []);
  return differences.map((difference) => describe(difference, now));
}

interface Difference {
  readonly path: readonly string[];
  readonly was: unknown;
  readonly is: unknown;
}

/** Lists become objects, so that what was added to or removed from one has a name. Why a builder was chosen changes nothing. */
function comparable(plan: unknown): unknown {
  if (!isObject(plan)) return plan;
  const { push: _, warnings: _warnings, unknowns: _unknowns, build, ...rest } = plan;
  return named({ ...rest, build: isObject(build) ? { ...build, reason: undefined } : build }, undefined);
}

function named(value: unknown, key: string | undefined): unknown {
  if (Array.isArray(value)) {
    return Object.fromEntries(value.map((each, index) => [nameOf(each, index, key), named(each, undefined)]));
  }
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).filter(([name]) => name !== 'pushed' && name !== 'reused');
  return Object.fromEntries(fields.map(([name, each]) => [name, named(each, name)]));
}

function nameOf(each: unknown, index: number, key: string | undefined): string {
  if (typeof each === 'string' && key !== 'command') return each;
  const type = (each as { readonly type?: unknown } | null)?.type;
  return typeof type === 'string' ? type : String(index);
}

function compare(was: unknown, is: unknown, path: readonly string[]): Difference[] {
  if (canonicalJson(was) === canonicalJson(is)) return [];
  if (!isObject(was) || !isObject(is)) return [{ path, was, is }];
  const keys = new Set([...Object.keys(was), ...Object.keys(is)]);
  return [...keys].flatMap((key) => compare(own(was, key), own(is, key), [...path, key]));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function own(value: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function describe({ path, was, is }: Difference, now: DeployPlan): string {
  const [section, name, field] = path;
  if (section === 'basis') return describeBasis(path.slice(1), was, is, now);
  if (section === 'images' && field === 'imageId') {
    return `the image of ${name} is ${shown(is)}, not ${shown(was)}: the files or the base image differ`;
  }
  return `${path.join('/')} is ${shown(is)}, not ${shown(was)}`;
}

function describeBasis([what, name]: readonly string[], was: unknown, is: unknown, { app, basis }: DeployPlan): string {
  if (what === 'appId') return `${app} is another app of the same name`;
  if (what === 'newestRelease' && basis.newestRelease) {
    const { version, description } = basis.newestRelease;
    return `the newest release is v${version} ("${description}")`;
  }
  if (what === 'formation') return `${name} has ${shown(is, 'no')} dynos, not ${shown(was, 'no')}`;
  if (what === 'configVars') return `the config var ${name} ${is === undefined ? 'was removed' : 'was added'}`;
  if (what === 'config') return 'deploy.json differs';
  return `${what} is ${shown(is)}, not ${shown(was)}`;
}

function shown(value: unknown, absent = 'absent'): string {
  if (value === undefined) return absent;
  const text = typeof value === 'string' ? value : canonicalJson(value);
  return text.length > 100 ? `${text.slice(0, 100)}…` : text;
}
