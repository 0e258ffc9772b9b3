/**
 * For each pattern, what of its Go snippet is taken out to leave code that compiles and lacks the pattern. Its behaviour test
 * must then be red: a test that stays green proves nothing.
 */
export const removals: Readonly<Record<string, { readonly from: string; readonly to: string }>> = {
  'gt-breaker': { from: 'counts.ConsecutiveFailures >= 5', to: 'false' },
  'gt-rate-limit': { from: '(key(r)); delay > 0', to: '(key(r)); delay < 0' },
  'gt-retry': { from: 'backoff.WithMaxTries(4)', to: 'backoff.WithMaxTries(1)' },
  'gt-timeout': { from: 'r.WithContext(ctx)', to: 'r.WithContext(context.WithoutCancel(ctx))' },
  'gt-deadline': { from: 'deadline.Add(-reserve)', to: 'deadline' },
  'gt-bulkhead': { from: 'make(Bulkhead, size)', to: 'make(Bulkhead, size*1000)' },
  'gt-fallback': { from: 'fallback(ctx)', to: 'primary(ctx)' },
  'gt-shutdown-http': { from: 'server.Shutdown(grace)', to: 'errors.Join(grace.Err(), server.Close())' },
  'gt-shutdown-grpc': { from: 'server.GracefulStop()', to: 'server.Stop()' },
  'gt-health': { from: 'err := ready(ctx); err != nil', to: 'err := ctx.Err(); err != nil' },
  'gt-singleflight': { from: 'loading := c.flight.DoChan(key,', to: 'loading := new(singleflight.Group).DoChan(key,' },
  'gt-fanout': { from: 'group.SetLimit(8)', to: 'group.SetLimit(-1)' },
  'gt-slog': { from: 'record.AddAttrs(attributes...)', to: 'record.AddAttrs(attributes[:0]...)' },
  'gt-idempotency': { from: 'answer, known := answers[key]', to: 'answer, known := answers[[4]string{}]' },
  'gt-breaker-grpc': { from: 'counts.ConsecutiveFailures >= 5', to: 'false' },
  'gt-rate-limit-grpc': { from: '(key(ctx)); delay > 0', to: '(key(ctx)); delay < 0' },
  'gt-retry-policy': { from: 'WithMaxRetries(3)', to: 'WithMaxRetries(0)' },
  'gt-hedge': { from: 'const most = 2', to: 'const most = 1' },
  'gt-shed': { from: 'make(chan struct{}, 100)', to: 'make(chan struct{}, 100_000)' },
  'gt-shutdown-both': { from: 'rpc.GracefulStop()', to: 'rpc.Stop()' },
  'gt-health-grpc': { from: 'ready(limited) != nil', to: 'limited.Err() != nil' },
  'gt-outbox': {
    from: 'err := publish(ctx, id, topic, payload); err != nil',
    to: 'err := publish(ctx, id, topic, payload); err != nil && ctx.Err() != nil',
  },
  'gt-saga': { from: 'j := i; j >= 0; j--', to: 'j := i; j > i; j--' },
  'gt-worker-pool': { from: 'for range 8 {', to: 'for range 80 {' },
};
