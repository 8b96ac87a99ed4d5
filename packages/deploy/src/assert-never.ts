/** Makes the compiler check that a switch over a union handles every member. */
export function assertNever(value: never): never {
  throw new TypeError(`Unexpected value ${JSON.stringify(value)}`);
}
