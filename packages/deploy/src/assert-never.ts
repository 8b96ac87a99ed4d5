/** Makes the compiler check that a switch handles every member of a union. */
export function assertNever(value: never): never {
  throw new TypeError(`Unexpected value ${JSON.stringify(value)}`);
}
