import { createRedactor, type Redactor, Secret } from '@tozo/deploy/secrets';

/** The secrets that no output may contain. More become known while a command starts. */
export interface Redaction {
  readonly redact: (text: string) => string;
  add(secrets: readonly Secret[]): void;
}

/** Known before deploy.json is read. */
const secretNames = ['HEROKU_API_KEY', 'GITLAB_TOKEN', 'CI_JOB_TOKEN', 'DATABASE_URL'];

/** Starts with the secrets that every environment may contain. */
export function createRedaction(env: NodeJS.ProcessEnv): Redaction {
  let known = secretNames.flatMap((name) => (env[name] ? [new Secret(env[name])] : []));
  let redactor: Redactor | undefined;
  return {
    redact: (text) => (redactor ??= createRedactor(known)).redact(text),
    add(secrets) {
      known = [...known, ...secrets];
      redactor = undefined;
    },
  };
}
