import type { ImageConfig } from '../../image/config.ts';
import { isDigest } from '../../image/digest.ts';
import { RegistryPusherError } from '../../image/errors.ts';
import type { Manifest } from '../../image/manifest.ts';
import { matchesPlatform, type Platform, platformName } from '../../image/platform.ts';
import { platformMissingError } from './manifest.ts';

/**
 * Parses an image's config and checks the fields that builds read. Keeps all others.
 * @param subject the image's name for errors
 * @throws RegistryPusherError CONFIG_INVALID, PLATFORM_MISSING
 */
export function parseConfig(subject: string, bytes: Buffer, manifest: Manifest, platform: Platform): ImageConfig {
  const config = parse(subject, bytes) as Partial<Record<string, unknown>>;
  const diffIds = (config['rootfs'] as { diff_ids?: unknown } | undefined)?.diff_ids;
  if (!Array.isArray(diffIds) || !diffIds.every((id) => typeof id === 'string' && isDigest(id)))
    throw invalidError(subject, "has no valid list of its layers' diff IDs");
  if (diffIds.length !== manifest.layers.length)
    throw invalidError(subject, `has ${diffIds.length} diff IDs for ${manifest.layers.length} layers`);
  const wrong = findWrong(config, { history: isHistory, config: isObject }) ?? findWrong(config['config'], runFields);
  if (wrong !== undefined) throw invalidError(subject, `has an invalid ${wrong}`);
  const checked = config as unknown as ImageConfig;
  if (!matchesPlatform(platform, checked)) throw platformMissingError(subject, [platformName(checked)], platform);
  return checked;
}

type Check = (value: unknown) => boolean;

const isObject: Check = (value) => typeof value === 'object' && !Array.isArray(value);
const isText: Check = (value) => typeof value === 'string';
const isTexts: Check = (value) => Array.isArray(value) && value.every(isText);
const isTextRecord: Check = (value) => isObject(value) && Object.values(value as object).every(isText);
const isHistory: Check = (value) =>
  Array.isArray(value) &&
  value.every(
    (entry) =>
      entry !== null &&
      isObject(entry) &&
      findWrong(entry, { created: isText, created_by: isText, comment: isText }) === undefined,
  );

const runFields: Readonly<Record<string, Check>> = {
  Env: isTexts,
  Cmd: isTexts,
  Entrypoint: isTexts,
  OnBuild: isTexts,
  Labels: isTextRecord,
  User: isText,
  WorkingDir: isText,
};

/** Returns the first field that is there and wrong. */
function findWrong(value: unknown, checks: Readonly<Record<string, Check>>): string | undefined {
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
  return Object.keys(checks).find((name) => {
    const field = fields[name];
    return field !== undefined && field !== null && !checks[name]!(field);
  });
}

function parse(subject: string, bytes: Buffer): object {
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch (cause) {
    throw new RegistryPusherError('CONFIG_INVALID', `The config of ${subject} isn't JSON: push the image again.`, {
      cause,
    });
  }
  throw invalidError(subject, "isn't an object");
}

function invalidError(subject: string, why: string): RegistryPusherError {
  return new RegistryPusherError('CONFIG_INVALID', `The config of ${subject} ${why}: push the image again.`);
}
