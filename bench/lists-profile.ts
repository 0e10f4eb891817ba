import type { Connection } from 'mongoose';

/** What MongoDB did for something that was asked. */
export interface Work {
  keys: number;
  rows: number;
  /** Sorted in memory. */
  sorted: boolean;
  plans: string[];
}

const READ = ['contacts', 'conversations', 'messages', 'block_history', 'notes'];

/** Lets MongoDB note what it does for a call, and adds it up. */
export async function profile(db: Connection, call: () => Promise<unknown>): Promise<Work> {
  await db.db?.command({ profile: 2 });
  await call();
  await db.db?.command({ profile: 0 });
  const noted = (await db.db?.collection('system.profile').find().toArray()) ?? [];
  await db.db?.collection('system.profile').drop();
  const reads = noted.filter(
    ({ ns, op }) => op !== 'insert' && READ.some((name) => ns.endsWith(`.${name}`)),
  );
  const sum = (field: string) => reads.reduce((all, one) => all + (one[field] ?? 0), 0);
  return {
    keys: sum('keysExamined'),
    rows: sum('docsExamined'),
    sorted: reads.some(({ hasSortStage }) => hasSortStage),
    plans: [...new Set(reads.map(({ planSummary }) => String(planSummary)))],
  };
}
