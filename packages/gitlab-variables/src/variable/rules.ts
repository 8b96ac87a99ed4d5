import { GitlabVariablesError } from './errors.ts';
import { formatDescription, parseDescription } from './owner-mark.ts';
import { type DesiredVariable, nameOf, settingsOf, type StoredVariable, type VariableIdentity } from './variable.ts';

/** A GitLab rule that a variable breaks. The message contains the variable and the rule, never the value. */
export interface VariableProblem extends VariableIdentity {
  readonly rule: 'key' | 'scope' | 'masking' | 'value' | 'description';
  readonly message: string;
}

const maxKeyLength = 255;
const maxScopeLength = 255;
const maxDescriptionLength = 255;
const maxValueLength = 10_000;
const minMaskedLength = 8;

/** What a variable becomes part of. */
export interface RuleContext {
  /** The variable that it's written over: it keeps the settings that aren't declared. */
  readonly current?: StoredVariable | undefined;
  /** The declaration's owner, which goes into the description. */
  readonly owner?: string | undefined;
}

/**
 * Checks a variable against GitLab's rules before it's sent. A value that GitLab can't mask is rejected here instead of being
 * stored unmasked. All lengths are in characters, as GitLab counts them.
 * @see https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable
 */
export function validateVariable(variable: DesiredVariable, context: RuleContext = {}): VariableProblem[] {
  const { key, environmentScope } = variable;
  const problems: (readonly [VariableProblem['rule'], string | undefined])[] = [
    ['key', keyProblem(key)],
    ['scope', scopeProblem(environmentScope)],
    ['masking', maskingProblem(variable, context)],
    ['value', valueProblem(variable)],
    ['description', descriptionProblem(variable, context)],
  ];
  return problems.flatMap(([rule, text]) =>
    text === undefined ? [] : [{ key, environmentScope, rule, message: `${nameOf(variable)}: ${text}` }],
  );
}

/** @throws GitlabVariablesError VARIABLE_INVALID, with all problems */
export function assertNoProblems(problems: readonly VariableProblem[]): void {
  if (problems.length === 0) return;
  throw new GitlabVariablesError('VARIABLE_INVALID', problems.map(({ message }) => message).join('\n'));
}

function keyProblem(key: string): string | undefined {
  if (key.length > maxKeyLength) return `the key has ${key.length} characters: use at most ${maxKeyLength}.`;
  if (!/^[a-zA-Z0-9_]+$/.test(key)) return 'a key can contain only letters, digits and "_": rename it.';
  return /^\d/.test(key) ? 'the key starts with a digit, so no shell can read it: rename it.' : undefined;
}

function scopeProblem(scope: string): string | undefined {
  const length = lengthOf(scope);
  if (length > maxScopeLength) return `the environment scope has ${length} characters: use at most ${maxScopeLength}.`;
  if (/^[a-zA-Z0-9_\-/${}. *]+$/.test(scope)) return undefined;
  return 'the environment scope is invalid: use letters, digits, spaces and -_/${}.*, or "*" for all environments.';
}

function maskingProblem(variable: DesiredVariable, { current }: RuleContext): string | undefined {
  const { masked, hidden, raw } = settingsOf(variable, current);
  if (hidden && !masked) return 'a hidden variable must be masked: set "masked" or leave it out.';
  if (!masked) return undefined;
  const text = variable.value.reveal();
  const isDeclared = variable.masked === true || variable.hidden === true;
  const orNot = isDeclared ? ", or don't mask it" : '; it is masked in GitLab already';
  if (/[\r\n]/.test(text)) return `a value of several lines can't be masked: encode it in base64${orNot}.`;
  if (/[ \t\f\v]/.test(text)) return `a value with spaces can't be masked: remove them${orNot}.`;
  const length = lengthOf(text);
  if (length < minMaskedLength) {
    return `a value of ${length} characters can't be masked: GitLab requires ${minMaskedLength}. Use a longer value${orNot}.`;
  }
  if (raw || /^[a-zA-Z0-9_+=/@:.~-]+$/.test(text)) return undefined;
  return text.includes('$')
    ? 'a value with "$" can only be masked if it isn\'t expanded: set "raw".'
    : 'a value with characters other than letters, digits and _+=/@:.~- can only be masked if it isn\'t expanded: set "raw".';
}

function valueProblem({ value }: DesiredVariable): string | undefined {
  const text = value.reveal();
  if (text.includes('\0')) return 'the value contains a NUL character, which no variable can contain: remove it.';
  if (/\p{Surrogate}/u.test(text)) return "the value isn't valid Unicode: encode it in base64.";
  const length = lengthOf(text);
  return length > maxValueLength ? `the value has ${length} characters: use at most ${maxValueLength}.` : undefined;
}

function descriptionProblem(variable: DesiredVariable, { current, owner }: RuleContext): string | undefined {
  if (variable.description === undefined) return undefined;
  if (parseDescription(variable.description).owner !== undefined)
    return 'the description ends like the mark of an owner, "(managed by …)": leave that out.';
  const length = lengthOf(formatDescription(variable.description, current ? current.owner : owner));
  return length > maxDescriptionLength
    ? `the description has ${length} characters: use at most ${maxDescriptionLength}.`
    : undefined;
}

/** Counts characters, not UTF-16 units. */
function lengthOf(text: string): number {
  return [...text].length;
}
