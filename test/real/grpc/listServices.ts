/** Prints the services of the server at an address, in a process of its own so that the trusted certificates are its own. */
import { Channels } from '../../../src/grpc/channels.ts';
import { reflectServer } from '../../../src/grpc/reflection.ts';
import { parseTarget } from '../../../src/grpc/target.ts';
import { never } from '../../support/grpcCalls.ts';

const channels = new Channels();
const { services } = await reflectServer(channels, parseTarget(process.argv[2] ?? ''), never);
await channels.close();
console.log(JSON.stringify(services));
