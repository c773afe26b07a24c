/** Host directories that every contender gives its container. */
export const SHARED: readonly string[] = ["/proc", "/sys", "/dev", "/tmp"];
