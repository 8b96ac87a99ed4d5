/** A value of deploy.json: a string, or the name of the environment variable that has it. */
export type Value = string | { readonly fromEnv: string };

export interface Process {
  readonly command?: readonly string[];
  readonly dynos?: number;
}

/** What another tool's files say about an app. */
export interface AppFacts {
  /** Relative to the root. */
  readonly directory: string;
  /** The Heroku app's name. */
  readonly app?: string;
  /** Heroku apps by environment. */
  readonly environments: Readonly<Record<string, { readonly app: string; readonly after?: string }>>;
  readonly processes: Readonly<Record<string, Process>>;
  readonly buildArgs: Readonly<Record<string, Value>>;
  readonly configVars: Readonly<Record<string, Value>>;
  /** Relative to the app's directory. */
  readonly dockerfile?: string;
  readonly context?: string;
  readonly healthPath?: string;
  /** Jobs of a pipeline that deploy it, and the environment that each deploys, if there are several. */
  readonly jobs?: readonly { readonly name: string; readonly environment?: string }[];
}

/** A branch that GitLab protects, with the options of GitlabBranchProtection. */
export interface BranchProtection {
  readonly branch: string;
  readonly pushAccessLevel?: string;
  readonly mergeAccessLevel?: string;
  readonly allowForcePush?: boolean;
  readonly codeOwnerApprovalRequired?: boolean;
}

/** What Terraform manages, as options of @tozo/infrastructure. */
export interface InfrastructureFacts {
  readonly appName: string;
  readonly region?: string;
  readonly team?: string;
  readonly project?: string;
  readonly projectPath?: string;
  readonly namespaceId?: number;
  readonly description?: string;
  readonly visibility?: string;
  readonly baseUrl?: string;
  readonly branchProtections?: readonly BranchProtection[];
  /** The scope that the variables have now. Absent: Terraform doesn't manage them. */
  readonly variablesScope?: string;
}

/** One line of a file, and what became of it. */
export interface TakenLine {
  readonly file: string;
  readonly line: number;
  readonly text: string;
  /** What it became. */
  readonly became?: string;
  /** Why nothing, and what to do. */
  readonly left?: string;
  /** Whether the file has to keep it. */
  readonly stays?: boolean;
}

/** What was read from one file. */
export interface Taken {
  readonly apps: readonly AppFacts[];
  readonly lines: readonly TakenLine[];
  readonly infrastructure?: InfrastructureFacts;
  /** Whether the file describes a pipeline that deploys. */
  readonly pipeline?: boolean;
  /** The file without what the pipeline now does. Absent: it stays as it is. */
  readonly rest?: string;
}

export function noFacts(directory: string): AppFacts {
  return { directory, environments: {}, processes: {}, buildArgs: {}, configVars: {} };
}

/** Merges what several files say about the same app. The first one decides. */
export function mergeFacts(facts: readonly AppFacts[]): AppFacts[] {
  const directories = [...new Set(facts.map(({ directory }) => directory))];
  return directories.map((directory) =>
    facts
      .filter((one) => one.directory === directory)
      .reduceRight(
        (later, first): AppFacts => ({
          ...later,
          ...first,
          environments: { ...later.environments, ...first.environments },
          processes: mergeProcesses(later.processes, first.processes),
          buildArgs: { ...later.buildArgs, ...first.buildArgs },
          configVars: { ...later.configVars, ...first.configVars },
        }),
        noFacts(directory),
      ),
  );
}

function mergeProcesses(later: AppFacts['processes'], first: AppFacts['processes']): AppFacts['processes'] {
  const types = [...new Set([...Object.keys(first), ...Object.keys(later)])];
  return Object.fromEntries(types.map((type) => [type, { ...later[type], ...first[type] }]));
}
