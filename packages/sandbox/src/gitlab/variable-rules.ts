import { badParameterError, invalidError } from './errors.ts';
import type { Variable } from './model.ts';

export const maxVariables = 8000;
const maxKeyLength = 255;
const maxValueLength = 10_000;
const maxDescriptionLength = 255;
const keyPattern = /^[a-zA-Z0-9_]+$/;
const maskable = /^[a-zA-Z0-9_+=/@:.~-]{8,}$/;
/** Ruby's `\S` excludes only ASCII blanks; `u` counts characters. */
const maskableRaw = /^[^ \t\r\n\f\v]{8,}$/u;
const scopePattern = /^[a-zA-Z0-9_\-/$*{}. ]+$/;

type Parameters = Readonly<Record<string, unknown>>;

/** Returns the variable that a POST creates. Throws GitLab's 400. */
export function createdVariable(parameters: Parameters): Variable {
  for (const name of ['key', 'value']) {
    if (parameters[name] === undefined) throw badParameterError(`${name} is missing`);
  }
  const hidden = flag(parameters, 'masked_and_hidden') ?? false;
  return checked({
    key: text(parameters, 'key') ?? '',
    value: text(parameters, 'value') ?? '',
    variable_type: variableType(parameters) ?? 'env_var',
    protected: flag(parameters, 'protected') ?? false,
    masked: hidden || (flag(parameters, 'masked') ?? false),
    hidden,
    raw: flag(parameters, 'raw') ?? false,
    environment_scope: text(parameters, 'environment_scope') ?? '*',
    description: text(parameters, 'description') ?? null,
  });
}

/** Returns a variable after a PUT. Omitted fields stay. A hidden variable can't become visible again. */
export function updatedVariable(before: Variable, parameters: Parameters): Variable {
  const masked = flag(parameters, 'masked') ?? before.masked;
  if (before.hidden && !masked) {
    throw invalidError({ base: ['Updating masked attribute is not allowed on updates for hidden variables.'] });
  }
  return checked({
    key: before.key,
    value: text(parameters, 'value') ?? before.value,
    variable_type: variableType(parameters) ?? before.variable_type,
    protected: flag(parameters, 'protected') ?? before.protected,
    masked,
    hidden: before.hidden,
    raw: flag(parameters, 'raw') ?? before.raw,
    environment_scope: text(parameters, 'environment_scope') ?? before.environment_scope,
    description: parameters['description'] === null ? null : (text(parameters, 'description') ?? before.description),
  });
}

/** Returns whether a value can be masked in job logs. @see https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable */
export function isMaskable(value: string, raw: boolean): boolean {
  return (raw ? maskableRaw : maskable).test(value);
}

function checked(variable: Variable): Variable {
  const problems: Record<string, string[]> = {};
  const add = (field: string, problem: string) => (problems[field] ??= []).push(problem);
  if (variable.key === '') add('key', "can't be blank");
  else if (!keyPattern.test(variable.key)) {
    add('key', "can contain only letters, digits and '_'.");
  }
  if (variable.key.length > maxKeyLength) add('key', `is too long (maximum is ${maxKeyLength} characters)`);
  if (variable.masked && !isMaskable(variable.value, variable.raw)) add('value', 'is invalid');
  if (lengthOf(variable.value) > maxValueLength) {
    add('value', `The value of the provided variable exceeds the ${maxValueLength} character limit`);
  }
  if (!scopePattern.test(variable.environment_scope)) add('environment_scope', 'is invalid');
  if (lengthOf(variable.description ?? '') > maxDescriptionLength) {
    add('description', `is too long (maximum is ${maxDescriptionLength} characters)`);
  }
  if (Object.keys(problems).length > 0) throw invalidError(problems);
  return variable;
}

/** Counts characters, as Ruby does. */
function lengthOf(value: string): number {
  return [...value].length;
}

function text(parameters: Parameters, name: string): string | undefined {
  const value = parameters[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string' || typeof value === 'number') return String(value);
  throw badParameterError(`${name} is invalid`);
}

function flag(parameters: Parameters, name: string): boolean | undefined {
  const value = parameters[name];
  if (value === undefined || value === null || value === '') return undefined;
  if (value === true || value === 'true' || value === '1' || value === 1) return true;
  if (value === false || value === 'false' || value === '0' || value === 0) return false;
  throw badParameterError(`${name} is invalid`);
}

function variableType(parameters: Parameters): 'env_var' | 'file' | undefined {
  const type = text(parameters, 'variable_type');
  if (type === undefined || type === 'env_var' || type === 'file') return type;
  throw badParameterError('variable_type does not have a valid value');
}
