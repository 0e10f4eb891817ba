import type { LoadResult } from './load.ts';

export interface Row extends LoadResult {
  name: string;
  round: number;
}

export interface Measured {
  name: string;
  perSecond: number;
  p50: number;
  p99: number;
  /** To the yardstick of the same round; the median, and the worst and best round. */
  ratio: { median: number; min: number; max: number };
}

/** One line a variant: medians over the rounds. */
export function measure(rows: Row[]): Measured[] {
  const yardstick = new Map(
    rows
      .filter(({ name }) => name === 'yardstick')
      .map(({ round, perSecond }) => [round, perSecond]),
  );
  return [...new Set(rows.map(({ name }) => name))].map((name) => {
    const own = rows.filter((row) => row.name === name);
    const ratios = own.map(
      ({ perSecond, round }) => perSecond / (yardstick.get(round) ?? Number.NaN),
    );
    return {
      name,
      perSecond: median(own.map((row) => row.perSecond)),
      p50: median(own.map((row) => row.p50)),
      p99: median(own.map((row) => row.p99)),
      ratio: { median: median(ratios), min: Math.min(...ratios), max: Math.max(...ratios) },
    };
  });
}

export function table(measured: Measured[]): string {
  const lines = measured.map(
    ({ name, perSecond, p50, p99, ratio }) =>
      `| ${name} | ${Math.round(perSecond)} | ${p50.toFixed(1)} | ${p99.toFixed(1)} | ${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}–${ratio.max.toFixed(2)}) |`,
  );
  return [
    '| variant | requests/s | p50 ms | p99 ms | of the yardstick (worst–best round) |',
    '| --- | --: | --: | --: | --: |',
    ...lines,
  ].join('\n');
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2
    ? (sorted[middle] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
