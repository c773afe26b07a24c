/** The release this bundle belongs to; esbuild puts configure's answer in. */
declare const CH_VERSION: string;

export const VERSION: string = CH_VERSION;
