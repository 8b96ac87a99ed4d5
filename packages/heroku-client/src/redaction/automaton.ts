/**
 * Finds many patterns in one pass over a text, whatever the text is: an Aho-Corasick automaton over UTF-16 code units.
 * A state stands for the longest end of the text so far that some pattern starts with; 0 is the empty one.
 */
export class Automaton {
  /** The number of code units that a state stands for. */
  readonly depth: Int32Array;
  /** The length of the longest pattern that ends in a state; 0 for none. */
  readonly longest: Int32Array;
  readonly #parent: Int32Array;
  readonly #code: Uint16Array;
  /** The state of the next shorter end. */
  readonly #shorter: Int32Array;
  /** Open addressing: states by the hash of their parent and last code unit; 0 is free. */
  readonly #children: Int32Array;
  readonly #first = new Int32Array(0x1_0000);
  #size = 1;

  /** @param patterns none of them empty */
  constructor(patterns: readonly string[]) {
    const capacity = patterns.reduce((sum, { length }) => sum + length, 1);
    this.depth = new Int32Array(capacity);
    this.longest = new Int32Array(capacity);
    this.#parent = new Int32Array(capacity);
    this.#code = new Uint16Array(capacity);
    this.#shorter = new Int32Array(capacity);
    this.#children = new Int32Array(2 ** Math.ceil(Math.log2(capacity * 2)));
    for (const pattern of patterns) this.#insert(pattern);
    this.#linkShorter();
  }

  /** Returns the state after one more code unit. */
  next(from: number, code: number): number {
    let state = from;
    while (state !== 0) {
      const child = this.#child(state, code);
      if (child !== 0) return child;
      state = this.#shorter[state]!;
    }
    return this.#first[code]!;
  }

  #insert(pattern: string): void {
    let state = 0;
    for (let at = 0; at < pattern.length; at += 1) {
      const code = pattern.charCodeAt(at);
      state = this.#child(state, code) || this.#add(state, code);
    }
    this.longest[state] = pattern.length;
  }

  #add(parent: number, code: number): number {
    const state = this.#size;
    this.#size += 1;
    this.#parent[state] = parent;
    this.#code[state] = code;
    this.depth[state] = this.depth[parent]! + 1;
    if (parent === 0) this.#first[code] = state;
    let slot = this.#slot(parent, code);
    while (this.#children[slot] !== 0) slot = (slot + 1) & (this.#children.length - 1);
    this.#children[slot] = state;
    return state;
  }

  #child(parent: number, code: number): number {
    if (parent === 0) return this.#first[code]!;
    for (let slot = this.#slot(parent, code); ; slot = (slot + 1) & (this.#children.length - 1)) {
      const state = this.#children[slot]!;
      if (state === 0 || (this.#parent[state] === parent && this.#code[state] === code)) return state;
    }
  }

  #slot(parent: number, code: number): number {
    const hash = Math.imul(Math.imul(parent, 0x9e3779b1) ^ code, 0x85ebca6b);
    return (hash ^ (hash >>> 15)) & (this.#children.length - 1);
  }

  /** Links the shallow states first, because deeper ones follow their links. */
  #linkShorter(): void {
    for (const state of this.#statesByDepth()) {
      const parent = this.#parent[state]!;
      const shorter = parent === 0 ? 0 : this.next(this.#shorter[parent]!, this.#code[state]!);
      this.#shorter[state] = shorter;
      this.longest[state] ||= this.longest[shorter]!;
    }
  }

  /** Returns all states but 0, sorted by counting. */
  #statesByDepth(): Int32Array {
    const depths = this.depth.subarray(1, this.#size);
    const starts: number[] = [];
    for (const depth of depths) starts[depth] = (starts[depth] ?? 0) + 1;
    for (let depth = 1, sum = 0; depth < starts.length; depth += 1) {
      const count = starts[depth]!;
      starts[depth] = sum;
      sum += count;
    }
    const sorted = new Int32Array(depths.length);
    depths.forEach((depth, index) => {
      sorted[starts[depth]!] = index + 1;
      starts[depth]! += 1;
    });
    return sorted;
  }
}
