/** `npm run faults -- NAME --long`: the rows that take minutes or hours in full length; else a short version or none. */
export const long = process.env['GANTRY_LONG'] === '1';
/** Minutes of the row that soaks, where somebody has no hour: GANTRY_SOAK_MINUTES. */
export const soakMinutes = long ? Number(process.env['GANTRY_SOAK_MINUTES'] ?? 60) : 0.5;
