/** A variable of this process's environment, for a while. */

/** Do something while the variable has this value; then it is again what it was. */
export async function withVariable<T>(
  name: string,
  value: string,
  work: () => T | Promise<T>,
): Promise<T> {
  const before = process.env[name];
  process.env[name] = value;
  try {
    return await work();
  } finally {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
}
