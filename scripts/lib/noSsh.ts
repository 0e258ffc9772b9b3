/** Stands in for `ssh2` in the bundle: Gantry reaches remote engines through the system's `ssh -L`. */
export class Client {
  constructor() {
    throw new Error('ssh connections go through `ssh -L`');
  }
}
export default { Client };
