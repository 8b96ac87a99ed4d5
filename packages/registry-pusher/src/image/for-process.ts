import { type Image, imageOf } from './image.ts';

/** Returns an image with another command, which differs only in its config's Cmd. Without a command, returns the image. */
export function imageForProcess(image: Image, command: readonly string[] | undefined): Image {
  if (command === undefined) return image;
  return imageOf({ ...image.config, config: { ...image.config.config, Cmd: command } }, image.layers);
}
