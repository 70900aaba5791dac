/** Asks the browser to keep the tables even when it runs short of space. */

export async function askToPersist(): Promise<void> {
  const storage = navigator.storage as StorageManager | undefined;
  if (!storage?.persist || (await storage.persisted?.())) return;
  await storage.persist();
}

/** Null where the browser does not say. */
export async function isPersisted(): Promise<boolean | null> {
  const storage = navigator.storage as StorageManager | undefined;
  return (await storage?.persisted?.()) ?? null;
}
