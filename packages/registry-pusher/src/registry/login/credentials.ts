/** A user name and a password, or what a registry takes for one: a key, an access token. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

/** What a login left behind instead of a password: the token service gives access tokens for it. */
export interface IdentityToken {
  readonly identityToken: string;
}

/**
 * Finds the credentials for a registry by its name, `docker.io` or `registry.example:5000`, when that registry asks for some;
 * undefined means that there are none for it.
 * @throws RegistryPusherError CREDENTIALS_UNUSABLE, ABORTED
 */
export type CredentialSource = (
  registry: string,
  signal?: AbortSignal,
) => Promise<RegistryCredentials | IdentityToken | undefined>;
