import type { ImagePublisher } from '../ports.ts';

/** A registry that stores labels by `REPOSITORY:TAG`, for records. */
export interface MemoryLabels extends ImagePublisher {
  readonly stored: Map<string, Readonly<Record<string, string>>>;
}

export function memoryLabels(): MemoryLabels {
  const stored = new Map<string, Readonly<Record<string, string>>>();
  return {
    stored,
    readLatest: async () => undefined,
    readManifest: async () => undefined,
    publish: async () => ({ sentBytes: 0, reusedBytes: 0, manifests: {} }),
    readLabels: async (repository, tag) => stored.get(`${repository}:${tag}`),
    async publishLabels(repository, tags, labels) {
      for (const tag of tags) stored.set(`${repository}:${tag}`, labels);
    },
  };
}
