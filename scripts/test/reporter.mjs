import { writeFileSync } from 'node:fs';
import Mocha from 'mocha';

/** What is still open this long after the last test was left open by a test. */
const PATIENCE_MS = 10_000;

/** Mocha's usual report, with its counts in a file for the script that runs it. */
export default class Reporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      writeFileSync(options.reporterOptions.stats, JSON.stringify(this.stats));
      setTimeout(giveUp, PATIENCE_MS).unref();
    });
  }
}

function giveUp() {
  console.error('Left open by the tests:', process.getActiveResourcesInfo().join(', '));
  // Mocha sets the exit code to its own count on leaving, so this one has to come after.
  process.on('exit', () => {
    process.exitCode = 1;
  });
  process.exit();
}
