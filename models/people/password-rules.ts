import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';

/**
 * As NIST SP 800-63B-4 asks where a password is all that one signs in with: at least 15 characters, no
 * rules about kinds of characters, and none that is easily guessed.
 */
const SHORTEST = 15;
/** argon2 reads the whole password: nobody's is longer than this. */
export const LONGEST_PASSWORD = 1_000;
/** Of 4: "safely unguessable", more than a hundred million guesses. */
const LEAST_SCORE = 3;
/** Guessing is judged by the beginning: judging takes longer the longer the text. */
const JUDGED = 100;

const guessing = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });

/** What is wrong with a new password, or `undefined`. `known` is what a guesser knows: the e-mail address, the name. */
export function faultOfPassword(password: string, known: string[]): string | undefined {
  if ([...password.normalize('NFKC')].length < SHORTEST)
    return `must have at least ${SHORTEST} characters`;
  const context = ['videur', ...known.flatMap((text) => [text, ...text.split(/\W+/)])];
  const { score } = guessing.check(password.slice(0, JUDGED), context.filter(Boolean));
  return score < LEAST_SCORE ? 'is too easy to guess' : undefined;
}
