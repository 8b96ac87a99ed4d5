import { Secret } from '@tozo/deploy/secrets';

/** Returns the secrets that Terraform gets from the environment, to redact them. */
export function infrastructureSecrets(env: NodeJS.ProcessEnv): Secret[] {
  const names = Object.keys(env).filter((name) =>
    /^(?:TF_HTTP_PASSWORD|TF_VAR_.*(?:key|token|secret|password).*)$/i.test(name),
  );
  // Too short ones would redact parts of words.
  const values = names.flatMap((name) => [env[name]!, env[name]!.trim()]).filter((value) => value.length >= 5);
  return [...new Set(values)].map((value) => new Secret(value));
}
