import { minSecretLength, type NamedSecret } from './secrets.ts';

/** Values of `--secret`, by ID. */
export type BuildSecrets = Readonly<Record<string, string>>;

/** As long as the shortest tokens of registries and forges. Words of a text, a host or a path are shorter, or have no digits. */
const minTokenLength = 20;
/** A key of many lines is found by its first ones. */
const maxTokens = 50;

const remedy =
  'Read it where it is mounted instead of writing it to a file, or delete the file in the same RUN. If it may be public, pass it as a build argument.';

/**
 * Returns what to search layers for: each value without the line breaks around it, and the tokens in it, because commands also
 * write a single line or field of a file such as .npmrc. Certificates and values that are too short aren't searched for.
 */
export function searchableSecrets(secrets: BuildSecrets): NamedSecret[] {
  return Object.entries(secrets).flatMap(([id, value]) => {
    if (isCertificate(value)) return [];
    const whole = value.trim();
    if (whole.length < minSecretLength) return [];
    const tokens = findTokens(whole).slice(0, maxTokens);
    return [...new Set([whole, ...tokens])].map((each) => ({ name: `the build secret ${id}`, value: each, remedy }));
  });
}

/** Shorter lines of a secret, such as a bracket, say nothing. */
const minLineLength = 4;

/** Returns what output by lines may show of secrets: their lines, and the tokens in them. The longest come first. */
export function textsToRedact(values: readonly string[]): string[] {
  const texts = values.flatMap((value) => [...value.split(/\r?\n/).map((line) => line.trim()), ...findTokens(value)]);
  return [...new Set(texts)].filter((text) => text.length >= minLineLength).sort((a, b) => b.length - a.length);
}

/** Returns a warning for each secret that is too short to search layers for. An empty one has nothing to find. */
export function warnAboutShortSecrets(secrets: BuildSecrets): string[] {
  return Object.entries(secrets)
    .filter(([, value]) => value.trim() !== '' && value.trim().length < minSecretLength)
    .map(
      ([id]) =>
        `The build secret ${id} is shorter than ${minSecretLength} characters: layers of RUN aren't searched for it.`,
    );
}

/** JSON writes line breaks as `\n`. */
function findTokens(text: string): string[] {
  const words = text.replaceAll(/\\[nr]/g, '\n').match(/[\w+-]+/g) ?? [];
  return words.filter((word) => word.length >= minTokenLength && /\d/.test(word) && /[a-z]/i.test(word));
}

/** Images may contain certificates, which are public, such as those of a company's proxy. */
function isCertificate(value: string): boolean {
  const labels = [...value.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map(([, label]) => label!);
  return labels.length > 0 && labels.every((label) => /^(?:TRUSTED |X509 )?CERTIFICATE$|^PUBLIC KEY$/.test(label));
}
