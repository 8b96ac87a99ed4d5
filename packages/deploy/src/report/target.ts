/** Where the deploy goes, and why. */
export interface DeployTarget {
  readonly kind: 'heroku' | 'sandbox';
  /** `Heroku`, `sandbox (no HEROKU_API_KEY)`. */
  readonly text: string;
}
