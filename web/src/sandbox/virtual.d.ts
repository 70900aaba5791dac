declare module 'virtual:sandbox' {
  /** URL of the sandbox frame. */
  const url: string;
  export default url;
}

/** The worker's bundled source, put into the frame at build time. */
declare const WORKER_SOURCE: string;
