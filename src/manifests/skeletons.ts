/** Whole objects to begin with, as small as they are useful; a test shows that each is accepted. */

const pod = (indent: string): string =>
  `containers:
  - name: app
    image: example.com/app:1.0.0
    resources:
      requests: {cpu: 100m, memory: 64Mi}
      limits: {memory: 64Mi}`.replace(/^/gm, indent);

const template = `  template:
    metadata:
      labels: {app: app}
    spec:
${pod('      ')}
`;

const head = (apiVersion: string, kind: string): string => `apiVersion: ${apiVersion}
kind: ${kind}
metadata:
  name: app
`;

/** Kind → the object. */
export const skeletons: Readonly<Record<string, string>> = {
  Deployment: `${head('apps/v1', 'Deployment')}spec:
  replicas: 2
  selector:
    matchLabels: {app: app}
${template}`,
  StatefulSet: `${head('apps/v1', 'StatefulSet')}spec:
  serviceName: app
  replicas: 1
  selector:
    matchLabels: {app: app}
${template}`,
  DaemonSet: `${head('apps/v1', 'DaemonSet')}spec:
  selector:
    matchLabels: {app: app}
${template}`,
  Job: `${head('batch/v1', 'Job')}spec:
  backoffLimit: 3
  template:
    spec:
      restartPolicy: Never
${pod('      ')}
`,
  CronJob: `${head('batch/v1', 'CronJob')}spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
${pod('          ')}
`,
  Pod: `${head('v1', 'Pod')}spec:
${pod('  ')}
`,
  Service: `${head('v1', 'Service')}spec:
  selector: {app: app}
  ports:
    - name: http
      port: 80
      targetPort: 8080
`,
  ConfigMap: `${head('v1', 'ConfigMap')}data:
  KEY: value
`,
  Secret: `${head('v1', 'Secret')}type: Opaque
stringData:
  KEY: value
`,
  ServiceAccount: head('v1', 'ServiceAccount'),
  Namespace: head('v1', 'Namespace'),
  PersistentVolumeClaim: `${head('v1', 'PersistentVolumeClaim')}spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests: {storage: 1Gi}
`,
  Ingress: `${head('networking.k8s.io/v1', 'Ingress')}spec:
  rules:
    - host: app.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: app
                port: {number: 80}
`,
  NetworkPolicy: `${head('networking.k8s.io/v1', 'NetworkPolicy')}spec:
  podSelector:
    matchLabels: {app: app}
  policyTypes: [Ingress]
  ingress:
    - from:
        - podSelector:
            matchLabels: {app: client}
`,
  HorizontalPodAutoscaler: `${head('autoscaling/v2', 'HorizontalPodAutoscaler')}spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: app}
  minReplicas: 2
  maxReplicas: 10
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: 70}
`,
  PodDisruptionBudget: `${head('policy/v1', 'PodDisruptionBudget')}spec:
  maxUnavailable: 1
  selector:
    matchLabels: {app: app}
`,
  Role: `${head('rbac.authorization.k8s.io/v1', 'Role')}rules:
  - apiGroups: [""]
    resources: [configmaps]
    verbs: [get, list, watch]
`,
  RoleBinding: `${head('rbac.authorization.k8s.io/v1', 'RoleBinding')}roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: app
subjects:
  - kind: ServiceAccount
    name: app
`,
  HTTPRoute: `${head('gateway.networking.k8s.io/v1', 'HTTPRoute')}spec:
  parentRefs:
    - name: gateway
  hostnames: [app.example.com]
  rules:
    - backendRefs:
        - name: app
          port: 80
`,
};
