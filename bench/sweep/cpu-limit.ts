import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import * as path from 'node:path';

const PERIOD_US = 20_000;

/** The CPU controller of Linux, in its first version or its second. */
const V1 = '/sys/fs/cgroup/cpu';
const V2 = '/sys/fs/cgroup';

/** Tells why this machine can't limit the CPU of a process; nothing if it can. */
export function whyNoLimit(): string | undefined {
  try {
    const root = controller();
    accessSync(root, constants.W_OK);
    return undefined;
  } catch {
    return 'it needs root on Linux, with the cpu controller of cgroups';
  }
}

/** So much memory comes with one CPU: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html */
export const MEGABYTES_A_CPU = 1769;

/** Groups of processes that share a part of one CPU, in the way that Lambda gives a part of one. */
export class CpuLimit {
  private static count = 0;
  private readonly directory: string;

  /** @param share Of one CPU: 0.5 is the half of it. */
  constructor(share: number) {
    const root = controller();
    this.directory = path.join(root, `cdk-task-manager-bench-${process.pid}-${CpuLimit.count++}`);
    mkdirSync(this.directory);
    const quota = String(Math.round(share * PERIOD_US));
    // And the whole of it, before anything else that the machine does: the weights are the highest that there are.
    const settings = root === V2
      ? { 'cpu.max': `${quota} ${PERIOD_US}`, 'cpu.weight': '10000' }
      : { 'cpu.cfs_period_us': String(PERIOD_US), 'cpu.cfs_quota_us': quota, 'cpu.shares': '262144' };
    for (const [file, value] of Object.entries(settings)) writeFileSync(path.join(this.directory, file), value);
  }

  /** The file that takes the number of a process that is to be limited. */
  public get processes(): string {
    return path.join(this.directory, 'cgroup.procs');
  }

  public add(pid: number): void {
    writeFileSync(this.processes, String(pid));
  }

  /** To be called when its processes have ended. */
  public remove(): void {
    rmdirSync(this.directory);
  }
}

function controller(): string {
  if (existsSync(path.join(V1, 'cgroup.procs'))) return V1;
  if (!readFileSync(path.join(V2, 'cgroup.subtree_control'), 'utf8').split(/\s/).includes('cpu')) throw new Error('no cpu controller');
  return V2;
}
