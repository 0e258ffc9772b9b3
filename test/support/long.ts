/** `npm run faults -- NAME --long`: the rows that take minutes or hours in full length; else a short version or none. */
export const long = process.env['GANTRY_LONG'] === '1';
