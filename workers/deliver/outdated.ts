/** What a delivery was planned from has changed since: plan it again. */
export class Outdated extends Error {
  constructor() {
    super('the inbox changed under this delivery');
    this.name = 'Outdated';
  }
}
