/**
 * What a release's description says about it. The wording is Heroku's and not documented: text that isn't recognized is
 * `unknown`.
 */
export type ReleaseDescription =
  /** `Deployed web (142013fe2b5c), worker (6f1a…)`; no image IDs when it names none, as `Deploy de63889` does. */
  | { readonly kind: 'deploy'; readonly imageIds: readonly string[] }
  /** `Rollback to v41`. */
  | { readonly kind: 'rollback'; readonly version: number | undefined }
  /** Another app's code: `Promote shop-staging v12 de63889`. */
  | { readonly kind: 'promotion' }
  /**
   * The same code with other config vars, add-ons or features: `Set LOG_LEVEL config vars`, `Attach DATABASE (…)`. Lists the
   * config vars if it's about them.
   */
  | { readonly kind: 'change'; readonly configVars?: readonly string[] }
  | { readonly kind: 'unknown' };

/** Parses a release's description. Image IDs are short, see {@link shortImageId}. */
export function parseReleaseDescription(description: string): ReleaseDescription {
  if (/\bconfig (?:vars?|add|remove)\b/i.test(description)) {
    return { kind: 'change', configVars: description.match(/\w+/g)?.filter((word) => !wording.test(word)) ?? [] };
  }
  if (/\broll(?:ed)?[ -]?back\b/i.test(description)) {
    const version = /\bv?(\d+)\b/i.exec(description)?.[1];
    return { kind: 'rollback', version: version === undefined ? undefined : Number(version) };
  }
  if (/^promoted?\b/i.test(description)) return { kind: 'promotion' };
  if (changeVerb.test(description)) return { kind: 'change' };
  const imageIds = description.match(/\b[0-9a-f]{12}\b/g) ?? [];
  return imageIds.length > 0 || /^deploy/i.test(description) ? { kind: 'deploy', imageIds } : { kind: 'unknown' };
}

/** The words around the names. Config vars are written in uppercase. */
const wording = /^(?:[Ss]et|[Uu]nset|[Aa]dd|[Rr]emove|[Uu]pdate|[Cc]onfig|vars?|and)$/;
const changeVerb = /^(?:set|remove|unset|add|attach|detach|enable|disable|upgrade|initial)\b/i;

/** Returns the first 12 hex digits of an image ID, which release descriptions show. */
export function shortImageId(imageId: string): string {
  const start = imageId.indexOf(':') + 1;
  return imageId.slice(start, start + 12);
}
