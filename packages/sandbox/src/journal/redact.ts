import { isRecord } from '../http/exchange.ts';
import type { Service } from './entry.ts';
import type { TextChunks } from './recording.ts';
import { redacted, type RedactSecrets } from './secrets.ts';

/** Query parameters whose values are known not to be secret. */
const plainParameters =
  /^(digest|mount|from|n|last|tag|service|scope|page|per_page|filter\[environment_scope\]|order_by|sort|status|environment|tail|lines|srv)$/;
const secretHeader = /auth|token|cookie|secret|passw|credential|api-?key|two-factor|registry-config/i;
const challenge = /^(www|proxy)-authenticate$/i;
const secretField = /passw|secret|token|api_?key|private_?key|credential|^auth(orization)?$/i;
/** Objects whose names come from an app and whose values are its secrets. */
const settingsField = /^(env|config_vars)$/;
const plainVariableField =
  /^(key|variable_type|environment_scope|protected|masked|hidden|masked_and_hidden|raw|description|filter(\[environment_scope\])?|message|error)$/;
const urlInText = /(?:https?:\/\/|\/)[^\s"'<>\\]*/g;

/** Redacts the values of all query parameters in a path or URL that aren't known to be harmless. */
export function redactUrl(url: string): string {
  const [whole, query] = splitOnce(url, '?');
  // The URL of a log or output stream is itself a credential.
  const path = whole
    .replace(/^(https?:\/\/)[^/@]*@/i, `$1${redacted}@`)
    .replace(/\/(streams|sessions)\/[^/]+/g, `/$1/${redacted}`);
  if (query === undefined) return path;
  const parts = query.split('&').map((part) => {
    const [name] = splitOnce(part, '=');
    return plainParameters.test(decodeURIComponentOr(name)) ? part : `${name}=${redacted}`;
  });
  return `${path}?${parts.join('&')}`;
}

export function redactHeader(name: string, value: string): string {
  if (!challenge.test(name) && secretHeader.test(name)) {
    return /^(basic|bearer) /i.test(value) ? value.replace(/ .*/s, ` ${redacted}`) : redacted;
  }
  return redactText(value);
}

export interface BodyPlace {
  readonly service: Service;
  /** The request's path and query. */
  readonly path: string;
  readonly contentType: string;
  /** The response's status; undefined for a request's body. */
  readonly status?: number;
}

/**
 * Redacts a body by the names of its fields and the request it belongs to. Returns undefined if that's impossible: for
 * apps' output and for invalid JSON.
 */
export function redactBody(text: string, place: BodyPlace): string | undefined {
  const [path] = splitOnce(place.path, '?');
  if (place.service === 'heroku' && /^\/(streams|sessions)\//.test(path)) return undefined;
  const isSecret = secretFieldsAt(path, place);
  if (/^\s*[[{]/.test(text) || /[/+]json\b/i.test(place.contentType)) return redactJson(text, isSecret);
  if (/^application\/x-www-form-urlencoded\b/i.test(place.contentType)) return redactForm(text, isSecret);
  return isSecret === isSecretAnywhere ? redactText(text) : undefined;
}

/** Returns whether to redact the value of a field with this name. */
type IsSecret = (name: string) => boolean;

/** GitLab's variables also occur in other bodies as `{ key, value }`, in forms as `variables[][value]`. */
const isSecretAnywhere: IsSecret = (name) => secretField.test(name) || /^value$|\[value\]$/.test(name);

/** For config vars and variables, redacts every field not known to be harmless, except in error responses. */
function secretFieldsAt(path: string, { service, status = 200 }: BodyPlace): IsSecret {
  if (service === 'heroku' && /\/config-vars\/?$/.test(path) && status < 400) return () => true;
  if (service === 'gitlab' && /\/variables(\/|$)/.test(path)) return (name) => !plainVariableField.test(name);
  return isSecretAnywhere;
}

function redactJson(text: string, isSecret: IsSecret): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const result = JSON.stringify(redactValue(value, isSecret));
    return result === JSON.stringify(value) ? text : result;
  } catch {
    return undefined;
  }
}

/** @param name the field with the value; empty at the top level */
function redactValue(value: unknown, isSecret: IsSecret, name = ''): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, isSecret, name));
  if (isRecord(value)) {
    if (name !== '' && (isSecret(name) || settingsField.test(name))) return redactLeaves(value);
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, redactValue(field, isSecret, key)]));
  }
  if (isSecret(name)) return redacted;
  return typeof value === 'string' ? redactText(value) : value;
}

/** Redacts everything but the structure and `null`, which means that there is no value. */
function redactLeaves(value: unknown): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return value.map(redactLeaves);
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, redactLeaves(field)]));
  return redacted;
}

function redactForm(text: string, isSecret: IsSecret): string {
  return text
    .split('&')
    .map((part) => {
      const [name, value] = splitOnce(part, '=');
      // Without a name it isn't a form, whatever its content type.
      if (value === undefined) return redacted;
      return isSecret(decodeURIComponentOr(name)) ? `${name}=${redacted}` : part;
    })
    .join('&');
}

function redactText(text: string): string {
  // A quick check for the most common texts, names and times.
  if (!/[?@=:]|\/(?:streams|sessions)\//.test(text)) return text;
  return text
    .replaceAll(urlInText, redactUrl)
    .replaceAll(/((?:passw(?:or)?d|secret|token|api_?key)[\w-]*["']?\s*[=:]\s*["']?)[^\s"'&,;]+/gi, `$1${redacted}`);
}

/** Redacts the secrets in the parts of a recording. */
export interface Redactor {
  url(url: string): string;
  header(name: string, value: string): string;
  body(chunks: TextChunks | undefined, place: BodyPlace): string | undefined;
  text(text: string): string;
}

/** Applies the rules first, then redacts the known secrets in the result. */
export function createRedactor(redactSecrets: RedactSecrets): Redactor {
  return {
    url: (url) => redactSegments(redactSecrets(redactUrl(url)), redactSecrets),
    header: (name, value) => redactSecrets(redactHeader(name, value)),
    body(chunks, place) {
      if (chunks === undefined) return undefined;
      const text = redactBody(chunks.length === 1 ? String(chunks[0]) : joinChunks(chunks), place);
      return text === undefined ? undefined : redactSecrets(text);
    },
    text: redactSecrets,
  };
}

function joinChunks(chunks: TextChunks): string {
  return Buffer.concat(chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk))).toString(
    'utf8',
  );
}

/** Redacts path segments that contain a secret with any of its characters escaped. */
function redactSegments(url: string, redactSecrets: RedactSecrets): string {
  if (!url.includes('%')) return url;
  return url
    .split('/')
    .map((segment) => {
      const decoded = decodeURIComponentOr(segment);
      return redactSecrets(decoded) === decoded ? segment : redacted;
    })
    .join('/');
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
