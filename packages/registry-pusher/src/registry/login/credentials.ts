/** A username and a password, or what a registry accepts as one: a key, an access token. */
export interface RegistryCredentials {
  readonly username: string;
  readonly password: string;
}

/** What a login stored instead of a password: the token service exchanges it for access tokens. */
export interface IdentityToken {
  readonly identityToken: string;
}

/**
 * Finds a registry's credentials by its name, such as `docker.io` or `registry.example:5000`. Called when that registry
 * requires some; returns undefined without any.
 * @throws RegistryPusherError CREDENTIALS_UNUSABLE, ABORTED
 */
export type CredentialSource = (
  registry: string,
  signal?: AbortSignal,
  repository?: string,
) => Promise<RegistryCredentials | IdentityToken | undefined>;
