/*
 * The part of Nx's plugin interface that this plugin uses, the same in Nx 22, 23 and 24. Nx itself isn't imported: the plugin
 * starts faster, and its declarations are complete in a workspace without @nx/devkit.
 */

/** A target of a project. @see https://nx.dev/reference/project-configuration */
export interface Target {
  readonly command: string;
  readonly options: { readonly cwd: string };
  readonly configurations?: { readonly [name: string]: { readonly args: string } };
  readonly dependsOn?: string[];
  readonly inputs?: (string | { dependentTasksOutputFiles: string; transitive: boolean })[];
  readonly outputs?: string[];
  readonly cache: boolean;
  /** Whether it runs until Nx ends it, next to the targets that depend on it. */
  readonly continuous?: boolean;
  readonly metadata: {
    readonly description: string;
    readonly technologies: string[];
    readonly help: { command: string; example: { options: Record<string, unknown> } };
  };
}

/** What a plugin adds to the projects, by their roots. */
export interface InferredNodes {
  readonly projects?: {
    readonly [root: string]: { readonly root: string; readonly targets: { readonly [name: string]: Target } };
  };
}

/** A glob, and the function that Nx calls with the files that match it. */
export type CreateNodes = readonly [
  glob: string,
  createNodes: (
    configFiles: readonly string[],
    options: unknown,
    context: { readonly workspaceRoot: string },
  ) => [file: string, nodes: InferredNodes][],
];
