import { expect, test } from 'vitest';
import { defaultPlatform, platformOfDockerfile, runsOn } from './platform.ts';

test.each([
  ['FROM node:24-slim', 'x64', 'glibc'],
  ['FROM node:24-alpine', 'x64', 'musl'],
  ['from --platform=linux/arm64 node:24-alpine AS base', 'arm64', 'musl'],
  ['FROM node:24-alpine AS build\nFROM gcr.io/distroless/nodejs24', 'x64', 'glibc'],
  ['FROM node:24-alpine AS base\nFROM node:24 AS other\nFROM Base', 'x64', 'musl'],
  ['ARG VARIANT=alpine\nFROM node:24-${VARIANT}', 'x64', 'musl'],
  ['FROM node:${VERSION:-24-alpine}', 'x64', 'musl'],
  ['', 'x64', 'glibc'],
  ['# FROM node:alpine\nFROM node', 'x64', 'glibc'],
])('reads the platform of %j', (text, cpu, libc) => {
  expect(platformOfDockerfile(text)).toEqual({ os: 'linux', cpu, libc });
});

test.each([
  [{}, true],
  [{ os: ['linux'], cpu: ['x64'], libc: ['glibc'] }, true],
  [{ libc: ['musl'] }, false],
  [{ os: ['darwin'] }, false],
  [{ os: ['!win32'] }, true],
  [{ os: ['!linux'] }, false],
  [{ cpu: ['any'] }, true],
  [{ cpu: ['arm64', 'x64'] }, true],
])('a package with the limits %j runs on the default platform: %s', (limits, runs) => {
  expect(runsOn(limits, defaultPlatform)).toBe(runs);
});
