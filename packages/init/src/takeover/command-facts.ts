import type { BuildFacts } from './docker-build.ts';

/** What a command of a deploy job says about the deploy. */
export interface CommandFacts {
  /** A Heroku app as the command names it: a name, or a variable such as `$HEROKU_APP`. */
  readonly app?: string;
  /** The process types whose images it pushes or releases. */
  readonly types?: readonly string[];
  /** Whether it starts them, and doesn't only push their images. */
  readonly releases?: boolean;
  /** The image that it builds. */
  readonly build?: BuildFacts;
  /** The image that it gives another name. */
  readonly source?: string;
  readonly apiKey?: string;
  /** What the command became. */
  readonly became?: string;
  /** What of it can't be taken over. */
  readonly left?: string;
  /** Whether the command alone shows that the job deploys to Heroku. */
  readonly deploys?: boolean;
}
