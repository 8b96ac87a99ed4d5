import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createStateDirectory, readJson, writeJson } from '../state/state-file.ts';
import type { Clock } from '../time/clock.ts';
import { invalidError } from './errors.ts';
import { newProject, type Project } from './model.ts';

/** The projects, stored on disk as one file each. A save is complete when it returns. */
export class Projects {
  /** Dates what is created. */
  readonly clock: Clock;
  readonly #dir: string;
  readonly #projects = new Map<number, Project>();
  /** The stored JSON. */
  readonly #saved = new Map<number, string>();

  constructor(dir: string, clock: Clock) {
    this.clock = clock;
    this.#dir = dir;
    createStateDirectory(dir);
    for (const name of readdirSync(dir).filter((file) => file.endsWith('.json'))) {
      const project = readJson(join(dir, name)) as Project;
      this.#projects.set(project.id, project);
      this.#saved.set(project.id, JSON.stringify(project));
    }
  }

  /** Returns the time as GitLab formats it. */
  now(): string {
    return this.clock.date().toISOString();
  }

  /** Finds a project by number or by path, `group/name`. */
  find(identity: string): Project | undefined {
    const byId = /^\d+$/.test(identity) ? this.#projects.get(Number(identity)) : undefined;
    return byId ?? this.#findPath(identity);
  }

  /** As GitLab: in any case, the exact path first. */
  #findPath(path: string): Project | undefined {
    const lower = path.toLowerCase();
    const found = this.list().filter((project) => project.path.toLowerCase() === lower);
    return found.find((project) => project.path === path) ?? found[0];
  }

  list(): Project[] {
    return [...this.#projects.values()].sort((a, b) => a.id - b.id);
  }

  /** Returns the project with this path, created if missing. */
  ensure(path: string): Project {
    const existing = this.#findPath(path);
    if (existing) return existing;
    const project = newProject(Math.max(0, ...this.#projects.keys()) + 1, path, this.now());
    this.#projects.set(project.id, project);
    this.save(project);
    return project;
  }

  /** Changes the last part of a project's path. Throws GitLab's 400 if it's in use. */
  move(project: Project, name: string): void {
    const path = [...project.path.split('/').slice(0, -1), name].join('/');
    const other = this.find(path);
    if (other !== undefined && other !== project) throw invalidError({ path: ['has already been taken'] });
    project.path = path;
  }

  remove(project: Project): void {
    rmSync(join(this.#dir, `${project.id}.json`), { force: true });
    this.#projects.delete(project.id);
    this.#saved.delete(project.id);
  }

  /** Saves the project. If it throws, the project is as last saved. */
  save(project: Project): void {
    try {
      this.#saved.set(project.id, writeJson(join(this.#dir, `${project.id}.json`), project));
    } catch (error) {
      const saved = this.#saved.get(project.id);
      if (saved === undefined) this.#projects.delete(project.id);
      else this.#projects.set(project.id, JSON.parse(saved) as Project);
      throw error;
    }
  }
}
