import { isRecord } from '../http/exchange.ts';
import { badParameterError } from './errors.ts';

/** The parameters of a request, from its query and its body. */
export type Parameters = Readonly<Record<string, unknown>>;

/** Returns a text; undefined if it's missing or null. Throws GitLab's 400 for what isn't text or a number. */
export function textIn(parameters: Parameters, name: string): string | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw badParameterError(`${name} is invalid`);
}

/** Returns a text that must be there and not empty. Throws GitLab's 400. */
export function requiredTextIn(parameters: Parameters, name: string): string {
  if (parameters[name] === undefined) throw badParameterError(`${name} is missing`);
  const text = textIn(parameters, name);
  if (text === undefined || text === '') throw badParameterError(`${name} is empty`);
  return text;
}

/** Returns a boolean, also from the texts and numbers that stand for one. Throws GitLab's 400 for another value. */
export function flagIn(parameters: Parameters, name: string): boolean | undefined {
  const value = parameters[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (value === true || value === 'true' || value === '1' || value === 1) return true;
  if (value === false || value === 'false' || value === '0' || value === 0) return false;
  throw badParameterError(`${name} is invalid`);
}

/** Returns a whole number, also from its text. Throws GitLab's 400 for another value. */
export function integerIn(parameters: Parameters, name: string): number | undefined {
  const value = parameters[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'string' && /^-?\d{1,15}$/.test(value)) return Number(value);
  throw badParameterError(`${name} is invalid`);
}

/** Returns a list of records. Throws GitLab's 400 for another value. */
export function recordsIn(parameters: Parameters, name: string): readonly Parameters[] | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every(isRecord)) return value;
  throw badParameterError(`${name} is invalid`);
}

/** Returns a list of texts, also from one text with commas. Throws GitLab's 400 for another value. */
export function textsIn(parameters: Parameters, name: string): readonly string[] | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value.split(',').filter((text) => text !== '');
  if (Array.isArray(value) && value.every((text) => typeof text === 'string')) return value;
  throw badParameterError(`${name} is invalid`);
}

/** Returns one of some choices. Throws GitLab's 400 for another value. */
export function choiceIn<Choice extends string | number>(
  parameters: Parameters,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) return undefined;
  const choice = choices.find((one) => one === value || (typeof one === 'number' && String(one) === value));
  if (choice === undefined) throw badParameterError(`${name} does not have a valid value`);
  return choice;
}
