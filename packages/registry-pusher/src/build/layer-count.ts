/** Heroku's dynos crash without a message from about 33 layers on. */
const mostLayers = 30;

/** Returns a warning for an image with more layers than Heroku is known to run. */
export function warnAboutLayerCount(layers: readonly unknown[]): string[] {
  if (layers.length <= mostLayers) return [];
  return [
    `The image has ${layers.length} layers. Above about 33, dynos of Heroku crash without a message: combine COPY instructions, or choose a base with fewer layers.`,
  ];
}
