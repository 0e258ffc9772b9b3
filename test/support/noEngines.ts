/** For a cluster domain whose test asks no container engine. */
export const noEngines = (): Promise<never> => Promise.reject(new Error('this test has no container engine'));

/** For one whose test merges no context. */
export const noKubeconfigs = (): Promise<never> => Promise.reject(new Error('this test has no kubeconfig'));
