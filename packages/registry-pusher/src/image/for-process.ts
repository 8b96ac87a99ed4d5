import { type Image, imageOf } from './image.ts';

/** The same image running another command: it differs in its config's Cmd alone. Without a command it is the same. */
export function imageForProcess(image: Image, command: readonly string[] | undefined): Image {
  if (command === undefined) return image;
  return imageOf({ ...image.config, config: { ...image.config.config, Cmd: command } }, image.layers);
}
