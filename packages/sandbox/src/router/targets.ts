/** The web dynos of an app, in rotation. */
export class Targets {
  #ports: readonly number[] = [];
  #next = 0;

  set(ports: readonly number[]): void {
    this.#ports = [...ports];
  }

  /** Returns all ports, starting with the next one in rotation. */
  rotate(): readonly number[] {
    const start = this.#ports.length === 0 ? 0 : this.#next++ % this.#ports.length;
    return [...this.#ports.slice(start), ...this.#ports.slice(0, start)];
  }
}
