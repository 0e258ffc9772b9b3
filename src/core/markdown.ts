/** Text in Markdown that others wrote: what would be taken for markup is shown as it is. */
export const plain = (text: string): string => text.replace(/[\\`*_{}[\]<>()#+!|~$]/g, '\\$&');
