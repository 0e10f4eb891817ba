import type { Redis } from 'ioredis';
import type { BlockDeps } from '../../models/block.ts';

/** What a side effect is given. */
export interface EffectDeps extends BlockDeps {
  redis: Redis;
}
