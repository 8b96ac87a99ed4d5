/** What a published package contains besides the files that its exports reach. */
export interface PackagePlan {
  readonly bundles?: readonly Bundle[];
  /** Packages of which the modules contain what they use, because their import takes longer than everything else. */
  readonly inlined?: readonly string[];
  /** Files of other packages: path in the package → path in the workspace. */
  readonly copies?: Readonly<Record<string, string>>;
}

/** A file that contains everything it imports, except for what users install themselves. */
export interface Bundle {
  /** Relative to the workspace. */
  readonly entry: string;
  /** Relative to the package. */
  readonly file: string;
  /** The exports of the package that lead to this file. */
  readonly exports?: readonly string[];
  /** The bundle next to this one that has what this one imports when it runs. */
  readonly imports?: string;
  /** Packages in CommonJS that the package's modules need anyway: the bundle requires them when it needs them. */
  readonly requires?: readonly string[];
}

/** The process that executes RUN for a user who isn't root. What starts it looks for this file next to itself. */
const runWorker = 'packages/registry-pusher/src/run/remote/run-worker.ts';

/** Packages without bundles, such as the clients, contain their own modules only. */
export const packagePlans: Readonly<Record<string, PackagePlan>> = {
  '@tozo/cli': {
    bundles: [
      {
        entry: 'packages/cli/src/quick-start.ts',
        file: 'dist/main.js',
        exports: ['.', './main'],
        imports: './tozo.js',
      },
      { entry: 'packages/cli/src/bundle.ts', file: 'dist/tozo.js' },
      { entry: 'packages/sandbox/src/entry.ts', file: 'dist/sandbox.js' },
      { entry: runWorker, file: 'dist/run-worker.js' },
    ],
    copies: {
      'deploy.schema.json': 'packages/deploy/deploy.schema.json',
      'fidelity.jsonl': 'packages/sandbox/fidelity.jsonl',
    },
  },
  '@tozo/registry-pusher': {
    bundles: [
      {
        entry: 'packages/registry-pusher/src/main.ts',
        file: 'dist/registry-pusher.js',
        exports: ['./main'],
        requires: ['undici'],
      },
      { entry: runWorker, file: 'dist/run-worker.js' },
    ],
  },
  '@tozo/gitlab-variables': {
    bundles: [
      { entry: 'packages/gitlab-variables/src/main.ts', file: 'dist/gitlab-variables.js', exports: ['./main'] },
    ],
  },
  '@tozo/infrastructure': { inlined: ['zod'] },
  '@tozo/nx': {
    // Nx loads it from a workspace that has no @tozo/init.
    bundles: [
      { entry: 'packages/nx/src/generators/init.ts', file: 'dist/generators/init.js', exports: ['./generators/init'] },
    ],
  },
  '@tozo/sandbox': {
    bundles: [
      { entry: 'packages/sandbox/src/main.ts', file: 'dist/command.bundle.js', exports: ['./main'] },
      // What the bundle and the modules start: they look for this file next to themselves.
      { entry: 'packages/sandbox/src/entry.ts', file: 'dist/sandbox.js' },
    ],
    copies: { 'fidelity.jsonl': 'packages/sandbox/fidelity.jsonl' },
  },
};

/** Packages that users install themselves if they need them. Commands load them by name. */
export const neverBundled = ['@nx/devkit', 'cdktf', 'constructs', 'dockerode', 'nx'];
