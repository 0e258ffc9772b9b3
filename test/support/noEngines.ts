/** For a cluster domain whose test asks no container engine. */
export const noEngines = (): Promise<never> => Promise.reject(new Error('this test has no container engine'));
