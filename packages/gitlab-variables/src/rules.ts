import { GitlabVariablesError } from './errors.ts';
import { nameOf, type Variable, type VariableIdentity } from './variable.ts';

/** A rule of GitLab's that a variable breaks. The message names the variable and the rule, never the value. */
export interface VariableProblem extends VariableIdentity {
  readonly rule: 'key' | 'scope' | 'masking' | 'length' | 'description';
  readonly message: string;
}

const longestKey = 255;
const longestScope = 255;
const longestDescription = 255;
const longestValue = 10_000;
const shortestMasked = 8;

/**
 * Checks a variable against GitLab's rules, before it is sent. In particular a value that GitLab could not mask is found
 * here: it is never stored unmasked instead.
 * @see https://docs.gitlab.com/ci/variables/#mask-a-cicd-variable
 */
export function validateVariable(variable: Variable): VariableProblem[] {
  const { key, environmentScope } = variable;
  const found: (readonly [VariableProblem['rule'], string | undefined])[] = [
    ['key', keyProblem(key)],
    ['scope', scopeProblem(environmentScope)],
    ['masking', maskingProblem(variable)],
    ['length', lengthProblem(variable)],
    ['description', descriptionProblem(variable)],
  ];
  return found.flatMap(([rule, text]) =>
    text === undefined ? [] : [{ key, environmentScope, rule, message: `${nameOf(variable)}: ${text}` }],
  );
}

/** @throws GitlabVariablesError VARIABLE_INVALID with every problem of every variable */
export function assertValid(variables: readonly Variable[]): void {
  const problems = variables.flatMap(validateVariable);
  if (problems.length === 0) return;
  const lines = problems.map(({ message }) => message);
  throw new GitlabVariablesError('VARIABLE_INVALID', lines.join('\n'));
}

function keyProblem(key: string): string | undefined {
  if (key.length > longestKey) return `a key has at most ${longestKey} characters, this one has ${key.length}.`;
  return /^[a-zA-Z0-9_]+$/.test(key) ? undefined : 'a key consists of letters, digits and "_".';
}

function scopeProblem(scope: string): string | undefined {
  if (scope.length > longestScope) return `an environment scope has at most ${longestScope} characters.`;
  if (/^[a-zA-Z0-9_\-/${}. *]+$/.test(scope)) return undefined;
  return 'an environment scope consists of letters, digits, spaces and -_/${}.*, and is "*" for all environments.';
}

function maskingProblem({ value, masked, hidden, raw }: Variable): string | undefined {
  if (hidden && !masked) return 'a hidden variable is masked as well; leave "masked" out or set it.';
  if (!masked) return undefined;
  const text = value.reveal();
  if (/[\r\n]/.test(text)) return 'a value of several lines cannot be masked; encode it in base64.';
  if (/[ \t\f\v]/.test(text)) return 'a value with spaces cannot be masked.';
  const { length } = [...text];
  if (length < shortestMasked) {
    return `a value of ${length} characters cannot be masked: GitLab needs at least ${shortestMasked}. Use a longer one, or do not mask it.`;
  }
  if (raw || /^[a-zA-Z0-9_+=/@:.~-]+$/.test(text)) return undefined;
  return text.includes('$')
    ? 'a value with "$" can only be masked when it is raw (not expanded); set "raw".'
    : 'a value with other characters than letters, digits and _+=/@:.~- can only be masked when it is raw; set "raw".';
}

function lengthProblem({ value }: Variable): string | undefined {
  const { length } = value.reveal();
  return length > longestValue ? `a value has at most ${longestValue} characters, this one has ${length}.` : undefined;
}

function descriptionProblem({ description }: Variable): string | undefined {
  return (description?.length ?? 0) > longestDescription
    ? `a description has at most ${longestDescription} characters.`
    : undefined;
}
