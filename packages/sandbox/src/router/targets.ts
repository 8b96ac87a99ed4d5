/** The web dynos of an app, each in its turn. */
export class Targets {
  #ports: readonly number[] = [];
  #next = 0;

  set(ports: readonly number[]): void {
    this.#ports = [...ports];
  }

  /** All of them, the one whose turn it is first; empty when there are none. */
  inTurn(): readonly number[] {
    const start = this.#ports.length === 0 ? 0 : this.#next++ % this.#ports.length;
    return [...this.#ports.slice(start), ...this.#ports.slice(0, start)];
  }
}
