/** A map that forgets what was set first when it is full. */
export class RecentMap<T> {
  private readonly values = new Map<string, T>();

  constructor(private readonly size: number) {}

  public get(key: string): T | undefined {
    return this.values.get(key);
  }

  public set(key: string, value: T): void {
    this.values.delete(key);
    this.values.set(key, value);
    if (this.values.size > this.size) this.values.delete(this.values.keys().next().value!);
  }

  public delete(key: string): void {
    this.values.delete(key);
  }
}
