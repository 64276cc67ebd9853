import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';

const PERIOD_US = 20_000;

/** Folders of the CPU controller of Linux, in version 1 and version 2 of cgroups. */
const V1 = '/sys/fs/cgroup/cpu';
const V2 = '/sys/fs/cgroup';

/** Returns why this machine can't limit the CPU of a process. Undefined if it can. */
export function whyNoLimit(): string | undefined {
  try {
    const root = controller();
    accessSync(root, constants.W_OK);
    return undefined;
  } catch {
    return 'it needs root on Linux, and the cpu controller of cgroups';
  }
}

/** Memory size at which Lambda gives one CPU: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const MEGABYTES_A_CPU = 1769;

/** A group of processes that gets a share of one CPU, as a function does on Lambda. */
export class CpuLimit {
  private static count = 0;
  private readonly directory: string;

  /** @param share share of one CPU: 0.5 is half of it */
  constructor(share: number) {
    const root = controller();
    this.directory = path.join(root, `cdk-task-manager-bench-${process.pid}-${CpuLimit.count++}`);
    mkdirSync(this.directory);
    const quota = String(Math.round(share * PERIOD_US));
    // The highest weights, so that the group gets its whole share before other processes of the machine.
    const settings = root === V2
      ? { 'cpu.max': `${quota} ${PERIOD_US}`, 'cpu.weight': '10000' }
      : { 'cpu.cfs_period_us': String(PERIOD_US), 'cpu.cfs_quota_us': quota, 'cpu.shares': '262144' };
    for (const [file, value] of Object.entries(settings)) writeFileSync(path.join(this.directory, file), value);
  }

  /** File for the ids of the processes in the group. */
  public get processes(): string {
    return path.join(this.directory, 'cgroup.procs');
  }

  public add(pid: number): void {
    writeFileSync(this.processes, String(pid));
  }

  /** Removes the group, after its processes have ended. */
  public remove(): void {
    rmdirSync(this.directory);
  }
}

function controller(): string {
  if (existsSync(path.join(V1, 'cgroup.procs'))) return V1;
  if (!readFileSync(path.join(V2, 'cgroup.subtree_control'), 'utf8').split(/\s/).includes('cpu')) throw new Error('there is no cpu controller');
  return V2;
}
