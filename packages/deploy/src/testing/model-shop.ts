import { Secret } from '@tozo/heroku-client';
import { digestOf } from '@tozo/registry-pusher';
import { parseConfig } from '../config/load-config.ts';
import type { DeployConfig } from '../config/schema.ts';
import { deploy } from '../deploy.ts';
import type { DeployPlan } from '../plan/plan.ts';
import type { SavedPlan } from '../plan/plan-file.ts';
import type { BuiltImages, Digest, Image, ImageToPublish, PublishedImage } from '../ports.ts';
import type { DeployReport } from '../report/report.ts';
import type { Services } from '../services.ts';
import { ModelHeroku, type Write } from './model-heroku.ts';

/** What one deploy is asked to do. */
export interface Version {
  /** Versions of the same number have the same files. */
  readonly files: number;
  readonly types: readonly string[];
  readonly dynos: Readonly<Record<string, number>>;
  readonly configVars: Readonly<Record<string, string>>;
  readonly marker: boolean;
  readonly healthy: boolean;
  readonly phaseSucceeds: boolean;
  readonly rollback: 'auto' | 'never';
  /** Of the health check. Default 0.1 and 0. */
  readonly timeoutSeconds?: number;
  readonly holdSeconds?: number;
  /** Whether the builder builds before the plan. */
  readonly buildsFirst: boolean;
}

export interface Deployed {
  readonly report: DeployReport;
  /** As emitted, in order: after a late build the second one knows the images. */
  readonly plans: readonly DeployPlan[];
  readonly writes: readonly Write[];
}

/** An app on a model of Heroku, its registry, and deploys of it. */
export class ModelShop {
  readonly heroku = new ModelHeroku((image) => this.#behaviors.get(image)!);
  readonly #behaviors = new Map<Digest, { healthy: boolean; phaseSucceeds: boolean; version: Digest }>();
  /** By repository. */
  readonly #latest = new Map<string, Digest>();
  readonly #labels = new Map<string, Readonly<Record<string, string>>>();

  /** Deploys with the very code of `tozo deploy`. */
  async deploy(version: Version, more: { dryRun?: boolean; savedPlan?: SavedPlan } = {}): Promise<Deployed> {
    const plans: DeployPlan[] = [];
    const start = this.heroku.journal.length;
    const configVars = Object.entries(version.configVars).map(([name, value]) => [name, new Secret(value)] as const);
    const report = await deploy(
      {
        directory: '/srv/shop',
        config: configOf(version),
        values: {
          configVars: Object.fromEntries(configVars),
          buildArgs: {},
          buildSecrets: {},
          secrets: [],
          knownSecrets: [],
        },
        app: 'shop',
        target: { kind: 'heroku', text: 'Heroku' },
        builder: 'auto',
        ...more,
      },
      this.#services(version),
      (event) => event.type === 'planned' && plans.push(event.plan),
    );
    return { report, plans, writes: this.heroku.journal.slice(start) };
  }

  /** Releases an image that tozo didn't build, with Heroku's own command. */
  releaseByHand(type: string, files: number): void {
    const image = this.#know(digestOf(`by hand ${files}`), true, true);
    this.#latest.set(`shop/${type}`, image);
    this.heroku.asSomeoneElse(() => this.heroku.updateFormation([{ type, dockerImage: image }]));
  }

  /** Forgets every record in the registry. */
  loseRecords(): void {
    this.#labels.clear();
  }

  #know(image: Digest, healthy: boolean, phaseSucceeds: boolean, version = image): Digest {
    this.#behaviors.set(image, { healthy, phaseSucceeds, version });
    return image;
  }

  #services(version: Version): Services {
    const publisher = {
      readLatest: async (repository: string) => {
        const imageId = this.#latest.get(repository);
        return imageId && ({ imageId, manifest: { layers: [] } } as unknown as PublishedImage);
      },
      publish: async (images: readonly ImageToPublish[]) => {
        for (const { repository, image } of images) {
          this.heroku.journal.push({ kind: 'push', repository, imageId: image.imageId });
          this.#latest.set(repository, image.imageId);
        }
        const manifests = Object.fromEntries(images.map(({ repository, image }) => [repository, image.imageId]));
        return { sentBytes: images.length, reusedBytes: 0, manifests };
      },
      readLabels: async (repository: string, tag: string) => this.#labels.get(`${repository}:${tag}`),
      publishLabels: async (repository: string, tags: readonly string[], labels: Readonly<Record<string, string>>) => {
        for (const tag of tags) this.#labels.set(`${repository}:${tag}`, labels);
      },
    };
    const outline = {
      builder: version.buildsFirst ? ('direct' as const) : ('docker' as const),
      reason: 'requested',
      warnings: [],
      declaresSourceDigest: true,
    };
    const build = async (): Promise<BuiltImages> => ({
      ...outline,
      sourceDigest: digestOf(filesOf(version)),
      layers: [],
      images: Object.fromEntries(
        Object.keys(configOf(version).processes).map((type) => [type, this.#imageOf(version, type)]),
      ),
      [Symbol.asyncDispose]: async () => undefined,
    });
    const builder = { outline, buildsBeforePlan: version.buildsFirst, contextDigest: async () => undefined, build };
    const close = async (): Promise<void> => undefined;
    return {
      heroku: this.heroku.client(),
      images: { publisher, createBuilder: async () => builder, close },
      onWarning: () => undefined,
      close,
    } as unknown as Services;
  }

  /** The images of process types with their own commands differ. */
  #imageOf(version: Version, type: string): Image {
    const id = digestOf(`${filesOf(version)} ${type === 'web' ? '' : type}`);
    this.#know(id, version.healthy, version.phaseSucceeds, digestOf(filesOf(version)));
    return { imageId: id, config: {}, configBytes: Buffer.alloc(0), layers: [] } as unknown as Image;
  }
}

/** Behavior is part of the files: the same image always behaves the same. */
function filesOf({ files, healthy, phaseSucceeds }: Version): string {
  return JSON.stringify({ files, healthy, phaseSucceeds });
}

function configOf(version: Version): DeployConfig {
  const { types, dynos, configVars, marker, rollback, timeoutSeconds = 0.1, holdSeconds = 0 } = version;
  const health = {
    holdSeconds,
    successes: 1,
    timeoutSeconds,
    ...(marker ? { versionHeader: 'x-version' } : {}),
  };
  const processes = types.map((type) => {
    const count = type === 'release' || dynos[type] === undefined ? {} : { dynos: dynos[type] };
    return [type, { ...(type === 'web' ? { health } : { command: ['run', type] }), ...count }];
  });
  return parseConfig(JSON.stringify({ rollback, configVars, processes: Object.fromEntries(processes) }));
}
