import { isTag } from './grammar.ts';
import { imageManifestOf, invalid, isRecord, mediaTypes, parseJson } from './manifest.ts';
import { Refusal, SilentRefusal } from './refusal.ts';
import type { RegistryRules, StoredEvent } from './rules.ts';
import type { Storage } from './storage.ts';

export interface HerokuRulesOptions {
  /** Whether the account may push images of this app. */
  readonly appExists: (app: string) => boolean;
  /** Whether tags other than `latest` are accepted. */
  readonly otherTags: boolean;
  readonly maxLayers: number;
  readonly manifestStored?: (stored: StoredEvent) => void;
}

/** A process type, as in a Procfile. */
const processType = /^[a-z0-9][a-z0-9_-]*$/;
/** Image configs are a few KB; anything larger isn't a config. */
const maxConfigBytes = 8 * 1024 * 1024;

/**
 * The rules of registry.heroku.com beyond the protocol. Repositories are `APP/TYPE` of an app that the account may access;
 * other names get 400 with an empty body. An image is one Docker schema 2 manifest for linux/amd64: OCI manifests, indexes
 * and attestations are unsupported.
 */
export function herokuRules({ appExists, otherTags, maxLayers, manifestStored }: HerokuRulesOptions): RegistryRules {
  return {
    admitRepository({ repository }) {
      const [app = '', type = '', ...rest] = repository.split('/');
      if (rest.length > 0 || !processType.test(type) || !appExists(app)) {
        throw new SilentRefusal(400, `no app for ${repository}`);
      }
    },
    admitMediaType(mediaType) {
      if (mediaType !== mediaTypes.dockerManifest) {
        throw new Refusal(
          'UNSUPPORTED',
          `the operation is unsupported: only ${mediaTypes.dockerManifest} is accepted`,
          {
            detail: { mediaType },
          },
        );
      }
    },
    async admitManifest({ reference, manifest }, storage) {
      if (!otherTags && isTag(reference) && reference !== 'latest') {
        throw new Refusal('TAG_INVALID', 'only the tag latest is accepted');
      }
      const image = imageManifestOf(manifest);
      if (!image) return;
      const { length } = image.layers;
      if (length > maxLayers) throw invalid(`the image has ${length} layers, but at most ${maxLayers} are accepted`);
      requireLinuxAmd64(await readConfig(storage, image.config));
    },
    ...(manifestStored && { manifestStored }),
  };
}

async function readConfig(storage: Storage, { digest, size }: { digest: string; size: number }): Promise<unknown> {
  if (size > maxConfigBytes) throw invalid('the config is too large');
  return parseJson(await storage.readContent(digest));
}

function requireLinuxAmd64(config: unknown): void {
  if (!isRecord(config)) throw invalid("the config isn't a JSON object");
  const { os, architecture } = config;
  if (os !== 'linux' || architecture !== 'amd64') {
    throw invalid(`the image is for ${String(os)}/${String(architecture)}, not for linux/amd64`);
  }
}
