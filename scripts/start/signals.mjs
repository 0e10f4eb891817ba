/** npm passes on the Ctrl-C that the terminal has sent to everyone: within this time, two are one. */
const ONE_REQUEST_MS = 500;

/** Calls back at each request to stop, with how many there were. */
export function onStop(callback) {
  let times = 0;
  let last = 0;
  const asked = () => {
    const now = Date.now();
    if (now - last < ONE_REQUEST_MS) return;
    last = now;
    callback(++times);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, asked);
}
